import { isIP } from 'node:net';
import { keptAnswers } from '../kept-answers.ts';
import type { Actor } from '../model.ts';
import { field, isFields, text } from './json.ts';

const actorsHeld = 20_000;

/** Who a CloudTrail record names. Access keys and session tokens never get in. */
export function actorOf(record: unknown): Actor | null {
  const identity = field(record, 'userIdentity');
  const sourceIp = text(record, 'sourceIPAddress');
  if (!isFields(identity) && sourceIp === null) return null;
  return {
    name: clean(nameOf(identity)),
    type: clean(text(identity, 'type') ?? 'unknown'),
    via: viaOf(record, identity),
    sourceIp: sourceIp !== null && isIP(sourceIp) ? sourceIp : null,
  };
}

function nameOf(identity: unknown): string {
  const issuer = field(field(identity, 'sessionContext'), 'sessionIssuer');
  const session = text(identity, 'principalId')?.split(':')[1];
  const role = text(issuer, 'arn') ?? text(issuer, 'userName');
  return (
    text(identity, 'arn') ??
    (role && session ? `${role}/${session}` : role) ??
    text(identity, 'userName') ??
    text(identity, 'invokedBy') ??
    text(identity, 'accountId') ??
    'unknown'
  );
}

/** Signs of a user agent, the telling ones first: Terraform's also names the SDK that it is built on. */
const agents: readonly (readonly [RegExp, string])[] = [
  [/terraform|opentofu/i, 'terraform'],
  [/pulumi/i, 'pulumi'],
  [/ansible/i, 'ansible'],
  [/snapshut/i, 'snapshut'],
  [/^\[?(console\.|signin\.|mozilla\/|s3console|ec2console)/i, 'console'],
  [/aws-cli\/|awsclibundle/i, 'cli'],
  [/boto3?\/|botocore|aws-sdk|aws-internal/i, 'sdk'],
];

function viaOf(record: unknown, identity: unknown): string | null {
  const service = serviceOf(text(identity, 'invokedBy'));
  if (service) return service;
  if (text(record, 'sessionCredentialFromConsole') === 'true') return 'console';
  return viaOfAgent(text(record, 'userAgent') ?? '') ?? serviceOf(text(record, 'sourceIPAddress'));
}

const viaOfAgent = keptAnswers(
  (agent) => {
    for (const [sign, via] of agents) if (sign.test(agent)) return via;
    return serviceOf(agent);
  },
  { held: actorsHeld },
);

/** `cloudformation.amazonaws.com` is CloudFormation acting for somebody. */
function serviceOf(host: string | null): string | null {
  return host === null
    ? null
    : (/^([a-z0-9-]{2,40})(\.[a-z0-9-]+)*\.amazonaws\.com$/.exec(host)?.[1] ?? null);
}

const clean = keptAnswers(
  (value) => {
    const keyless = value.replace(/\b(AKIA|ASIA)[A-Z0-9]{12,}\b/g, 'an access key');
    return keyless.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').slice(0, 256);
  },
  { held: actorsHeld },
);
