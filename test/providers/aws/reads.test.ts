import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { AwsProvider } from '../../../lib/providers/aws/aws.ts';
import type { Clients } from '../../../lib/providers/aws/clients.ts';
import { s3ControlOf, s3Of } from '../../../lib/providers/aws/services.ts';
import { motoAccount, motoCredentials } from '../../../lib/sandbox/moto.ts';
import { useMoto } from '../../engines/moto.ts';
import { onAws, region } from './cloud.ts';

const moto = useMoto();

/** Counts what goes over the wire. */
async function counted(clients: Clients, calls: string[]): Promise<void> {
  const places = [
    { account: motoAccount, region },
    { account: motoAccount, region: 'global' },
  ];
  for (const place of places) {
    for (const of of [s3Of, s3ControlOf]) {
      const { client } = await of(clients, place);
      const stack = client.middlewareStack as { add(middleware: unknown, options: object): void };
      const count =
        (next: (args: unknown) => unknown, context: { commandName?: string }) => (args: unknown) => {
          calls.push(context.commandName ?? '');
          return next(args);
        };
      stack.add(count, { step: 'initialize', name: 'count' });
    }
  }
}

test('a hundred private buckets are read with five calls each and two for all', async () => {
  const { endpoint } = moto();
  const s3 = new S3Client({ endpoint, region, credentials: motoCredentials, forcePathStyle: true });
  const names = Array.from({ length: 100 }, (_, i) => `many-${i}`);
  const CreateBucketConfiguration = { LocationConstraint: region } as const;
  await Promise.all(
    names.map((Bucket) => s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }))),
  );
  const provider = new AwsProvider({
    accounts: [{ account: motoAccount }],
    version: 'test',
    endpoint,
    credentials: motoCredentials,
  });
  const calls: string[] = [];
  await counted(provider.clients, calls);

  const readings = await provider.read(names.map((name) => onAws('bucket', name)));

  expect(readings.every((one) => one.status === 'found')).toBe(true);
  expect(calls.length).toBe(100 * 5 + 2);
});
