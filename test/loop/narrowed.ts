import { mailEgress } from '../../lib/controls/mail-egress.ts';
import { publicPolicy } from '../../lib/controls/public-policy.ts';
import { publicRoleTrust } from '../../lib/controls/public-role-trust.ts';
import type { PolicyState } from '../../lib/kinds/policy.ts';
import type { State } from '../../lib/kinds.ts';

/** What a control does not only close, but makes narrower, where its bad example is only closed. */

const [mail] = mailEgress.examples.bad.kind === 'firewall' ? mailEgress.examples.bad.rules : [];
const [trust] = publicRoleTrust.examples.bad.kind === 'user' ? publicRoleTrust.examples.bad.trust : [];

/** The only way in to a key is open to everybody: its owner keeps exactly that way. */
const keyOpenToAll: PolicyState = {
  ...(publicPolicy.examples.bad as PolicyState),
  name: 'shop-key',
  service: 'kms',
  statements: [
    {
      id: 'Open',
      envelope: { Version: '2012-10-17', Statement: [] },
      statement: { Sid: 'Open', Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' },
    },
  ],
};

export const narrowed: { readonly [control: string]: State } = {
  'mail-egress': {
    ...mailEgress.examples.bad,
    rules: [{ ...mail, protocol: 'all', fromPort: null, toPort: null }],
  } as State,
  'public-policy': keyOpenToAll,
  'public-role-trust': { ...publicRoleTrust.examples.bad, trust: [trust] } as State,
};

/** Where the paths are held that only these controls have. */
export const otherPaths = {
  rotate: { 'stale-key': '../rotation/crash.test.ts' },
  block: { offender: '../logs/crash.test.ts' },
} as const;
