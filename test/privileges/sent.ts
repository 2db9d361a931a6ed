import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, vi } from 'vitest';
import { actionsOf, type Input } from './actions.ts';

/**
 * Stands between the service's own code and its SDK clients while `npm run least-privilege` runs the tests: notes
 * which IAM actions each test needs (RECORD: a file), or refuses one of them as AWS does (DENY: an action). Engines
 * that enforce IAM do so for a few services only. What the tests send themselves passes.
 */

interface Command {
  constructor: { name: string };
  input: Input;
}
interface Client {
  config?: { serviceId?: string; customUserAgent?: unknown };
}
type Send = (this: Client, command: Command, ...rest: unknown[]) => unknown;

const { SNAPSHUT_TEST_RECORD: record, SNAPSHUT_TEST_DENY: deny } = process.env;

function guarded(send: Send): Send {
  return function (command, ...rest) {
    if (!isOurs(this)) return send.call(this, command, ...rest);
    const name = command.constructor.name.replace(/Command$/, '');
    for (const action of actionsOf(this.config?.serviceId ?? '', name, command.input)) {
      if (record) note(record, action);
      if (action === deny) return Promise.reject(denied(action));
    }
    return send.call(this, command, ...rest);
  };
}

function isOurs(client: Client): boolean {
  if (JSON.stringify(client.config?.customUserAgent ?? '').includes('snapshut')) return true;
  const frames = (new Error().stack ?? '')
    .split('\n')
    .filter((line) => !/node_modules|node:|privileges/.test(line));
  return frames[1] !== undefined && /\/lib\//.test(frames[1]);
}

function note(file: string, action: string): void {
  const { testPath, currentTestName } = expect.getState();
  appendFileSync(file, `${JSON.stringify({ action, file: testPath, test: currentTestName ?? null })}\n`);
}

function denied(action: string): Error {
  const message = `User: arn:aws:sts::123456789012:assumed-role/snapshut/test is not authorized to perform: ${action}`;
  const [, name = ''] = action.split(':');
  const isEc2 = action.startsWith('ec2:');
  return Object.assign(new Error(message), {
    name: isEc2 ? 'UnauthorizedOperation' : 'AccessDenied',
    Code: isEc2 ? 'UnauthorizedOperation' : 'AccessDenied',
    $fault: 'client',
    $metadata: { httpStatusCode: 403, requestId: name },
  });
}

if (record || deny) {
  // The clients' shared base class, as they load it themselves.
  const { Client: base } = createRequire(import.meta.url)('@smithy/core/client');
  base.prototype.send = guarded(base.prototype.send);
}

// A mocked client answers before the base class is asked.
vi.mock('aws-sdk-client-mock', async (importOriginal) => {
  const original = await importOriginal<typeof import('aws-sdk-client-mock')>();
  if (!record && !deny) return original;
  const mockClient = (client: never) => {
    const mocked = original.mockClient(client);
    const held = client as { prototype?: { send: Send }; send?: Send };
    const target = (held.prototype ?? held) as { send: Send };
    target.send = guarded(target.send);
    return mocked;
  };
  return { ...original, mockClient };
});
