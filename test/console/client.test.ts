import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { script, style } from '../../lib/console/client-text.ts';
import { clientFile, clientText } from '../../lib/console/write-client.ts';
import { makeConsole } from './world.ts';

it('the client is what its source says (npm run console:write)', async () => {
  expect(readFileSync(clientFile, 'utf8')).toBe(await clientText());
});

it('page, style and script are far below 150 KiB together', async () => {
  const { signIn } = makeConsole();
  const page = await (await (await signIn('admin')).get('/console')).text();

  expect(page).toContain(style);
  expect(gzipSync(page + script).length).toBeLessThan(30 * 1024);
});
