import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { motoAccount } from '../../lib/sandbox/moto.ts';
import { exposedGroups } from '../bench/groups.ts';
import { useMoto } from '../engines/moto.ts';
import { snapshut } from './cli.ts';

/** Stands for Security Hub, of which no engine sets the workflow of findings, and keeps what it was asked. */
const asked: { path: string; region: string; body: { [name: string]: unknown } }[] = [];
const moto = useMoto();
let hub: Server;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'snapshut-'));
  hub = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const region = /\/\d{8}\/([^/]+)\/securityhub\//.exec(request.headers.authorization ?? '')?.[1] ?? '';
      asked.push({ path: request.url ?? '', region, body: JSON.parse(text) });
      const answers: { [path: string]: object } = {
        '/findings/import': { FailedCount: 0, SuccessCount: 1 },
        '/findings': { Findings: [] },
        '/findings/batchupdate': { ProcessedFindings: [], UnprocessedFindings: [] },
      };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answers[request.url ?? ''] ?? {}));
    });
  });
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  hub.close();
});

it('a finding of Security Hub is shut, closed there, and told beside it as one of our own', async () => {
  const [id = ''] = await exposedGroups(moto().endpoint, 1);
  const sample = await readFile(
    new URL('../../events/aws/finding-securityhub-imported.json', import.meta.url),
    'utf8',
  );
  const event = sample.replaceAll('sg-0123456789abcdef0', id).replaceAll('123456789012', motoAccount);
  const policy = join(home, 'snapshut.yml');
  await writeFile(policy, 'alerts: {securityHub: true}\n');

  const { lines, stderr } = await snapshut(['respond', '--policy', policy, '-'], {
    endpoint: moto().endpoint,
    home,
    stdin: event,
    env: { AWS_ENDPOINT_URL_SECURITYHUB: `http://127.0.0.1:${(hub.address() as AddressInfo).port}` },
  });

  expect(stderr).toBe('');
  expect(lines).toMatchObject([{ outcome: 'fixed', control: 'public-port', resource: { id } }]);
  const theirs = JSON.parse(event).detail.findings[0];
  const updates = asked.filter((one) => one.path === '/findings/batchupdate').map((one) => one.body);
  expect(asked.find((one) => one.path === '/findings/import')).toMatchObject({
    region: 'eu-central-1',
    body: {
      Findings: [
        {
          GeneratorId: 'snapshut/public-port',
          RecordState: 'ARCHIVED',
          Resources: [{ Id: expect.stringContaining(id) }],
        },
      ],
    },
  });
  expect(updates.at(-1)).toMatchObject({
    FindingIdentifiers: [{ Id: theirs.Id, ProductArn: theirs.ProductArn }],
    Workflow: { Status: 'RESOLVED' },
  });
});
