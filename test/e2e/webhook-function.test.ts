import { createHmac } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { LambdaContext, LambdaEvent } from 'hono/aws-lambda';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { motoAccount, motoCredentials } from '../../lib/sandbox/moto.ts';
import { useMoto } from '../engines/moto.ts';
import { region } from '../providers/aws/cloud.ts';

/** The function as Lambda calls it, with the secret in moto's Secrets Manager and moto's queue behind it. */
const moto = useMoto();
const secret = 'CANARY-of-a-webhook-secret';
let sqs: SQSClient;
let queue = '';
let handler: (event: LambdaEvent, context: LambdaContext) => Promise<unknown>;

beforeAll(async () => {
  const config = { endpoint: moto().endpoint, region, credentials: motoCredentials };
  sqs = new SQSClient(config);
  queue = (await sqs.send(new CreateQueueCommand({ QueueName: 'changes' }))).QueueUrl ?? '';
  const made = await new SecretsManagerClient(config).send(
    new CreateSecretCommand({ Name: 'snapshut/webhooks/signed', SecretString: `${secret}\n` }),
  );
  const env = {
    AWS_ENDPOINT_URL: moto().endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: motoCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: motoCredentials.secretAccessKey,
    SNAPSHUT_HOME: mkdtempSync(join(tmpdir(), 'snapshut-')),
    SNAPSHUT_QUEUE: queue,
    SNAPSHUT_WEBHOOK_SECRET: made.ARN ?? '',
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  ({ handler } = await import('../../functions/on-webhook.ts'));
}, 300_000);
afterAll(() => {
  vi.unstubAllEnvs();
});

const key = ['AKIA', 'RZPUZDIKG7MBXFKK'].join('');

async function post(body: string, by: string, id: string) {
  const at = String(Math.floor(Date.now() / 1000));
  const mac = createHmac('sha256', by).update(`${id}.${at}.${body}`).digest('base64');
  const rawPath = '/webhooks/signed';
  // Only what API Gateway's adapter reads of a request.
  const event = {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: '',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': at,
      'webhook-signature': `v1,${mac}`,
    },
    requestContext: { domainName: 'hooks.example', http: { method: 'POST', path: rawPath } },
    body,
    isBase64Encoded: false,
  } as unknown as LambdaEvent;
  return (await handler(event, {} as LambdaContext)) as { statusCode: number; body: string };
}

it('takes the secret from Secrets Manager: what it signed waits in the queue without the key, a forgery does not', async () => {
  const body = JSON.stringify({
    found: key,
    account: motoAccount,
    secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  });

  const forged = await post(body, 'another secret', 'msg-1');
  const taken = await post(body, secret, 'msg-2');

  expect(forged.statusCode).toBe(401);
  expect(taken.statusCode).toBeLessThan(300);
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
  );
  expect(Messages).toHaveLength(1);
  expect(Messages[0]?.Body).toContain(key);
  expect(`${Messages[0]?.Body} ${taken.body} ${forged.body}`).not.toMatch(/wJalrXUtnFEMI|CANARY/);
}, 120_000);
