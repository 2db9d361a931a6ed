import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { answers, freePort, run, type Server, serve } from '../process.ts';
import type { Layout } from './configs.ts';
import { proxyConf, ringConf, rings, swiftConf } from './swift-configs.ts';

/** Starts Swift's four servers; the storage needs extended attributes, which every local disk has. */
export async function startSwift(layout: Layout, running: Server[]): Promise<void> {
  const { username } = userInfo();
  const folder = join(layout.run, 'swift');
  await mkdir(join(folder, 'dev/d1'), { recursive: true });
  await writeFile(join(folder, 'swift.conf'), swiftConf);
  const options = (name: string) => ({
    log: join(layout.run, `swift-${name}.log`),
    env: { SWIFT_TEST: '1' },
    cwd: folder,
  });
  const builder = join(layout.venv, 'bin/swift-ring-builder');
  await Promise.all(
    rings.map(async (ring) => {
      const port = await freePort();
      const file = join(folder, `${ring}.builder`);
      await run(builder, [file, 'create', '4', '1', '0']);
      await run(builder, [file, 'add', `r1z1-127.0.0.1:${port}/d1`, '1']);
      await run(builder, [file, 'rebalance']);
      const conf = join(folder, `${ring}.conf`);
      await writeFile(conf, ringConf(layout, ring, port, username));
      running.push(serve(join(layout.venv, `bin/swift-${ring}-server`), [conf], options(ring)));
    }),
  );
  const conf = join(folder, 'proxy.conf');
  await writeFile(conf, proxyConf(layout, username));
  const proxy = serve(join(layout.venv, 'bin/swift-proxy-server'), [conf], options('proxy'));
  running.push(proxy);
  await answers(`http://127.0.0.1:${layout.ports.swift}/info`, proxy, options('proxy').log);
}
