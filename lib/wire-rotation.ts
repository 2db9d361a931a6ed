import { readFileSync } from 'node:fs';
import { TerminalError } from './errors.ts';
import type { CredentialState } from './kinds/credential.ts';
import type { Resource } from './model.ts';
import type { Policy } from './policy/schema.ts';
import { matches } from './policy/settings.ts';
import type { AccountScope, History } from './ports.ts';
import type { Clients } from './providers/aws/clients.ts';
import { secretDelivery } from './providers/aws/secret-delivery.ts';
import type { DeliverTo } from './rotation/delivery.ts';
import type { RotationDesk } from './rotation/desk.ts';
import { envelopeDelivery } from './rotation/envelope-delivery.ts';
import { recipientOf } from './rotation/seal.ts';

interface Parts {
  policy: Policy;
  guarded: readonly AccountScope[];
  history: History;
  /** Of the guarded AWS accounts; null without one. */
  aws: Clients | null;
}

/** The replacement of keys as the policy file wants it. Throws TerminalError where an owner's key cannot be read. */
export function rotationDesk({ policy, guarded, history, aws }: Parts): RotationDesk {
  const { verifyDays, holdDays, quietHours } = policy.rotation;
  const ways = policy.rotation.deliver.map((way) => ({
    ...way,
    ...(way.envelope === undefined ? {} : { envelope: recipientIn(way.envelope) }),
  }));
  return {
    verifyDays,
    holdDays,
    quietHours,
    deliveryFor(resource, state) {
      const about = { resource, name: state.name, tags: state.tags };
      const way = ways.find(({ match }) => match === undefined || matches(match, about));
      if (way?.envelope !== undefined) return { type: 'envelope', recipient: way.envelope };
      return secretFor(resource, state, way ?? {}, guarded);
    },
    open(to) {
      if (to.type === 'envelope') return envelopeDelivery(history, recipientOf(to.recipient));
      if (aws === null) throw new TerminalError(`the secret ${to.secret} needs an AWS account`);
      return secretDelivery(aws, to);
    },
  };
}

function recipientIn(pemOrFile: string): string {
  if (pemOrFile.includes('-----BEGIN')) return recipientOf(pemOrFile).pem;
  try {
    return recipientOf(readFileSync(pemOrFile, 'utf8')).pem;
  } catch (error) {
    if (error instanceof TerminalError)
      throw new TerminalError(`rotation.deliver, ${pemOrFile}: ${error.message}`);
    throw new TerminalError(`rotation.deliver: ${pemOrFile} cannot be read`);
  }
}

type Way = Omit<Policy['rotation']['deliver'][number], 'envelope'>;

function secretFor(
  { provider, account: own }: Resource,
  { name }: CredentialState,
  way: Way,
  guarded: readonly AccountScope[],
): DeliverTo | { refused: string } {
  const wanted = way.account ?? (provider === 'aws' ? own : undefined);
  const place = guarded.find(
    (one) => one.provider === 'aws' && (wanted === undefined || one.account === wanted),
  );
  const region = way.region ?? place?.regions[0];
  if (place === undefined || region === undefined)
    return { refused: 'no account holds a secret for its new key: name an envelope under rotation.deliver' };
  const secret = (way.secretName ?? 'snapshut/{name}').replaceAll('{name}', asSecretName(name ?? ''));
  const fields = way.fields && Object.fromEntries(way.fields.map((one) => one.split('=')));
  return { type: 'secret', secret, account: place.account, region, ...(fields && { fields }) };
}

/** Secrets have fewer letters in their names than users. */
function asSecretName(name: string): string {
  return name.replace(/[^\w/+=.@-]/g, '-');
}
