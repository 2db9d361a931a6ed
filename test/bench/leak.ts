import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  ListAccessKeysCommand,
} from '@aws-sdk/client-iam';
import { startMoto } from '../../lib/sandbox/moto.ts';
import { ensureVenv } from '../../lib/sandbox/venv.ts';
import { region } from './groups.ts';
import { percentile, timed } from './measure.ts';

/**
 * From the event about a stolen key to the call that deactivates it, on one engine: Snapshut on GuardDuty's finding, and
 * Cloud Custodian's iam-user policy with remove-keys on AWS's quarantine of the user. Each user has a second key, which nobody stole.
 */

const users = 20;
const account = '123456789012';
const here = new URL('.', import.meta.url).pathname;
const say = (text: string) => process.stdout.write(`${text}\n`);
const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };

interface User {
  name: string;
  stolen: string;
  other: string;
}

const moto = await startMoto({ progress: say });
const folder = await mkdtemp(join(tmpdir(), 'snapshut-leak-'));
const python = await ensureVenv({ name: 'venv-c7n', packages: ['c7n==0.9.53'] }, say);
const iam = new IAMClient({ endpoint: moto.endpoint, region, credentials });
const proxy = await stopwatch(moto.endpoint);
const contenders = {
  snapshut: (events: string) => [
    process.execPath,
    join(here, '../../lib/cli.ts'),
    'respond',
    '--policy',
    policy,
    events,
  ],
  custodian: (events: string) => [python, join(here, 'custodian-leak.py'), events],
};
const policy = join(folder, 'snapshut.yml');
await writeFile(policy, 'limits: {fixesPerHour: 100000, percentPerHour: 100}\n');

async function makeUsers(prefix: string, count: number): Promise<User[]> {
  const made: User[] = [];
  for (let at = 0; at < count; at += 1) {
    const name = `${prefix}-${at}`;
    await iam.send(new CreateUserCommand({ UserName: name }));
    const keys = [1, 2].map(() => iam.send(new CreateAccessKeyCommand({ UserName: name })));
    const [stolen = '', other = ''] = (await Promise.all(keys)).map(
      (one) => one.AccessKey?.AccessKeyId ?? '',
    );
    made.push({ name, stolen, other });
  }
  return made;
}

function finding({ name, stolen }: User): string {
  return JSON.stringify({
    version: '0',
    id: `finding-${stolen}`,
    'detail-type': 'GuardDuty Finding',
    source: 'aws.guardduty',
    account,
    region,
    time: '2026-11-24T08:00:00Z',
    resources: [],
    detail: {
      schemaVersion: '2.0',
      accountId: account,
      region,
      id: `finding-${stolen}`,
      type: 'UnauthorizedAccess:IAMUser/TorIPCaller',
      resource: {
        resourceType: 'AccessKey',
        accessKeyDetails: { accessKeyId: stolen, userName: name, userType: 'IAMUser', principalId: 'AIDA' },
      },
      service: { serviceName: 'guardduty', archived: false },
      severity: 5,
    },
  });
}

/** What AWS does to the owner of a key that it found: all that Custodian's policy needs to know. */
function quarantine({ name, stolen }: User): string {
  const detail = {
    eventVersion: '1.11',
    eventID: `quarantine-${stolen}`,
    eventSource: 'iam.amazonaws.com',
    eventName: 'AttachUserPolicy',
    awsRegion: 'us-east-1',
    userIdentity: { type: 'AWSService', invokedBy: 'AWS Internal' },
    requestParameters: { userName: name, policyArn: 'arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3' },
  };
  const envelope = { version: '0', id: detail.eventID, source: 'aws.iam', account, region, resources: [] };
  return JSON.stringify({ ...envelope, 'detail-type': 'AWS API Call via CloudTrail', detail });
}

/** Milliseconds from the start of the process to the deactivation of each stolen key, and what became of the others. */
async function run(contender: keyof typeof contenders, prefix: string, count: number) {
  const all = await makeUsers(prefix, count);
  const events = join(folder, `${prefix}.jsonl`);
  await writeFile(events, `${all.map(contender === 'snapshut' ? finding : quarantine).join('\n')}\n`);
  proxy.deactivated.clear();
  const startedMs = performance.now();
  const measured = await timed(contenders[contender](events), {
    AWS_ENDPOINT_URL: proxy.endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    SNAPSHUT_HOME: join(folder, `${prefix}-home`),
  });
  let innocent = 0;
  for (const { name, stolen, other } of all) {
    const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName: name }));
    const status = new Map(AccessKeyMetadata.map((key) => [key.AccessKeyId, key.Status]));
    if (status.get(stolen) !== 'Inactive')
      throw new Error(`${contender} left ${stolen} ${status.get(stolen)}`);
    if (status.get(other) !== 'Active') innocent += 1;
  }
  const tookMs = all.map(({ stolen }) => (proxy.deactivated.get(stolen) ?? Number.NaN) - startedMs);
  return { last: Math.max(...tookMs), cpuMs: measured.cpuMs / count, innocent };
}

try {
  const names = ['snapshut', 'custodian'] as const;
  const figures = new Map(
    names.map((name) => [
      name,
      { one: [] as number[], last: [] as number[], cpu: [] as number[], innocent: 0 },
    ]),
  );
  for (let round = 1; round <= 3; round += 1) {
    for (const name of names) {
      const of = figures.get(name);
      const one = await run(name, `${name}-one-${round}`, 1);
      const many = await run(name, `${name}-many-${round}`, users);
      of?.one.push(one.last);
      of?.last.push(many.last);
      of?.cpu.push(many.cpuMs);
      if (of) of.innocent += one.innocent + many.innocent;
    }
    say(`round ${round} of 3 done`);
  }
  say(
    `\nmedian of 3 runs   one finding, cold process: ms to deactivated   ${users} findings: ms to the last   CPU ms/finding   other keys disabled`,
  );
  for (const [name, { one, last, cpu, innocent }] of figures) {
    const numbers = [one, last, cpu].map((all) => percentile(all, 0.5).toFixed(0).padStart(10));
    say(`${name.padEnd(12)} ${numbers.join('   ')}   ${innocent} of ${3 * (users + 1)}`);
  }
} finally {
  proxy.stop();
  await moto.stop();
  await rm(folder, { recursive: true, force: true });
}

/** Stands in front of the engine and notes when a key was deactivated. moto has no event history: it is empty here. */
async function stopwatch(target: string) {
  const deactivated = new Map<string, number>();
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      if (String(incoming.headers['x-amz-target'] ?? '').endsWith('LookupEvents')) {
        outgoing.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end('{"Events":[]}');
        return;
      }
      const { method, headers, url } = incoming;
      const onward = request(
        new URL(url ?? '/', target),
        { ...(method && { method }), headers },
        (answer) => {
          const fields = new URLSearchParams(body.toString('latin1'));
          if (fields.get('Action') === 'UpdateAccessKey' && fields.get('Status') === 'Inactive')
            deactivated.set(fields.get('AccessKeyId') ?? '', performance.now());
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        },
      );
      onward.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    deactivated,
    stop: () => server.close(),
  };
}
