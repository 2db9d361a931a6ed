import type { CreateAccessKeyCommand } from '@aws-sdk/client-iam';
import { RetryableError, TerminalError } from '../../errors.ts';
import { field, text } from '../../events/json.ts';
import type { HeldKey, Holder, NewKey, Rotator } from '../../rotation/rotator.ts';
import { Secret } from '../../rotation/secret.ts';
import type { Clients, Place } from './clients.ts';
import { awsError, isAws } from './errors.ts';
import { cloudTrailOf, iamOf, iamOnceOf, stsOf } from './services.ts';

/** IAM's quota, which cannot be raised. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const keysPerUser = 2;

export const calls = {
  read: ['iam:ListAccessKeys', 'iam:GetAccessKeyLastUsed', 'cloudtrail:LookupEvents'],
  write: ['iam:CreateAccessKey', 'iam:UpdateAccessKey', 'iam:DeleteAccessKey'],
} as const;

/** How the access keys of IAM users are replaced. */
export function accessKeyRotator(clients: Clients): Rotator {
  return {
    keysMax: keysPerUser,
    canDeactivate: true,
    knowsUse: true,
    afterwards: null,
    keysOf: (holder) => asked(() => keysOf(clients, holder)),
    create: (holder, caseId) => create(clients, holder, caseId).catch(unmade),
    madeBy: (holder, keyId, caseId, since) =>
      asked(() => madeBy(clients, placeOf(holder), { keyId, caseId, since })),
    setActive: ({ resource, owner }, AccessKeyId, isActive) =>
      asked(async () => {
        const { client, sdk } = await iamOf(clients, resource);
        const Status = isActive ? 'Active' : 'Inactive';
        await client.send(new sdk.UpdateAccessKeyCommand({ UserName: owner, AccessKeyId, Status }));
      }),
    delete: ({ resource, owner }, AccessKeyId) =>
      asked(async () => {
        const { client, sdk } = await iamOf(clients, resource);
        try {
          await client.send(new sdk.DeleteAccessKeyCommand({ UserName: owner, AccessKeyId }));
        } catch (error) {
          if (!isGone(error)) throw error;
        }
      }),
  };
}

const placeOf = ({ resource: { account, region } }: Holder): Place => ({ account, region });
const isGone = (error: unknown) => isAws(error, 'NoSuchEntity', 'NoSuchEntityException');

async function asked<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw awsError(error);
  }
}

/**
 * An answer that could not be read may hold the secret: nothing of it gets out. Whether IAM made a key is then not
 * known, so it is never for good.
 */
function unmade(thrown: unknown): never {
  const told = awsError(thrown);
  if (told === thrown) throw told;
  const { $fault } = (thrown ?? {}) as { $fault?: string };
  if ($fault === undefined) throw new RetryableError('IAM gave no answer that could be read');
  throw told instanceof RetryableError ? new RetryableError(told.message) : new TerminalError(told.message);
}

async function keysOf(clients: Clients, { resource, owner }: Holder): Promise<HeldKey[] | null> {
  const { client, sdk } = await iamOf(clients, resource);
  try {
    const { AccessKeyMetadata = [] } = await client.send(
      new sdk.ListAccessKeysCommand({ UserName: owner, MaxItems: 1000 }),
    );
    const held = AccessKeyMetadata.map(async ({ AccessKeyId = '', Status, CreateDate }) => {
      const { AccessKeyLastUsed } = await client.send(new sdk.GetAccessKeyLastUsedCommand({ AccessKeyId }));
      return {
        id: AccessKeyId,
        isActive: Status !== 'Inactive',
        createdAt: CreateDate?.toISOString() ?? null,
        lastUsedAt: AccessKeyLastUsed?.LastUsedDate?.toISOString() ?? null,
      };
    });
    return await Promise.all(held);
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

/** CloudTrail keeps the user agent of each call, so the case that a key was made for stands in it. */
const agentOf = (caseId: string) => `snapshut-case/${caseId}`;

/** Sent once: a repetition after a lost answer would make a second key, so the next visit looks first. */
async function create(clients: Clients, { resource, owner }: Holder, caseId: string): Promise<NewKey> {
  const { client, sdk } = await iamOnceOf(clients, resource);
  const command = new sdk.CreateAccessKeyCommand({ UserName: owner });
  signWith(command, agentOf(caseId));
  const { AccessKey } = await client.send(command);
  if (!AccessKey?.AccessKeyId || !AccessKey.SecretAccessKey)
    throw new TerminalError(`IAM answered without a key for ${owner}`);
  const { AccessKeyId, SecretAccessKey } = AccessKey;
  const secret = new Secret({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey });
  return { id: AccessKeyId, secret };
}

function signWith(command: CreateAccessKeyCommand, agent: string): void {
  command.middlewareStack.add(
    (next) => async (args) => {
      const { headers } = args.request as { headers: { [name: string]: string } };
      headers['user-agent'] = `${headers['user-agent'] ?? ''} ${agent}`.trim();
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'caseInUserAgent' },
  );
}

interface Made {
  keyId: string;
  caseId: string;
  since: string;
}

const earlierMs = 300_000;
const pagesMost = 20;

/**
 * Ours is a key whose CreateAccessKey call CloudTrail shows as made by our own role and for this case. Its events
 * come minutes late, and hold no secret.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
 */
async function madeBy(clients: Clients, place: Place, { keyId, caseId, since }: Made) {
  const { client, sdk } = await cloudTrailOf(clients, place);
  const StartTime = new Date(Date.parse(since) - earlierMs);
  const LookupAttributes = [{ AttributeKey: 'EventName' as const, AttributeValue: 'CreateAccessKey' }];
  let NextToken: string | undefined;
  for (let page = 0; page < pagesMost; page += 1) {
    const said = await client.send(new sdk.LookupEventsCommand({ LookupAttributes, StartTime, NextToken }));
    for (const { CloudTrailEvent } of said.Events ?? []) {
      const made = callIn(CloudTrailEvent);
      if (made.keyId !== keyId) continue;
      const us = await ourselves(clients, place);
      return made.caller === us && made.agent.includes(agentOf(caseId)) ? 'us' : 'somebody';
    }
    NextToken = said.NextToken;
    if (!NextToken) break;
  }
  return 'unknown';
}

function callIn(event: string | undefined) {
  const record = parsed(event);
  return {
    keyId: text(field(field(record, 'responseElements'), 'accessKey'), 'accessKeyId'),
    caller: callerIn(text(field(record, 'userIdentity'), 'arn') ?? ''),
    agent: text(record, 'userAgent') ?? '',
  };
}

function parsed(event: string | undefined): unknown {
  try {
    return JSON.parse(event ?? 'null');
  } catch {
    return null;
  }
}

/** Sessions of one role are one caller. */
function callerIn(arn: string): string {
  return arn.replace(/(:assumed-role\/[^/]+)\/.*$/, '$1');
}

async function ourselves(clients: Clients, place: Place): Promise<string> {
  const { client, sdk } = await stsOf(clients, place);
  const { Arn = '' } = await client.send(new sdk.GetCallerIdentityCommand({}));
  return callerIn(Arn);
}
