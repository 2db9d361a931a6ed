import * as z from 'zod';
import { type KeyPairState, type OfferedKey, replacementOf } from '../kinds/key-pair.ts';
import { reportsIn } from '../leaks/reports.ts';
import type { Change } from '../model.ts';
import { control } from './control.ts';

/** Whoever knows that a private half is out can say so with this tag, too. */
const leakedTag = 'snapshut:leaked';
const listedMax = 20;

const noReplacement = 'this cloud has no place for a new private half: its owner must make another pair';

const good: KeyPairState = {
  kind: 'key-pair',
  name: 'ops',
  tags: {},
  fingerprint: null,
  carriedBy: ['i-0123456789abcdef0'],
  namedBy: [],
  keys: [{ id: 'ops', type: 'ed25519', publicKey: 'ssh-ed25519 AAAA', tags: {} }],
};

function listed(all: readonly string[]): string {
  const rest = all.length - listedMax;
  return `${all.slice(0, listedMax).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function why({ name, carriedBy, namedBy }: KeyPairState, by: string): string {
  const carried =
    carriedBy.length === 0
      ? 'no machine carries it'
      : `${listed(carriedBy)} carr${carriedBy.length === 1 ? 'ies' : 'y'} it: replace it there by hand`;
  const starts = namedBy.length === 0 ? '' : `; ${listed(namedBy)} must name another`;
  return `The private half of the key pair ${name} is out (${by}), and new machines still start with it; ${carried}${starts}.`;
}

export const exposedKeyPair = control({
  name: 'exposed-key-pair',
  kind: 'key-pair',
  title: 'A key pair whose private half is out is still given to new machines',
  remedy:
    'makes a new pair, its private half in Secrets Manager, and deletes the old one (only that on OpenStack, when approved); machines that carry it are listed',
  defaultMode: 'ask',
  options: z.strictObject({}),
  check(state, { seenOn = [] }) {
    const report = reportsIn(seenOn).at(-1);
    const by = report?.by ?? (leakedTag in state.tags ? `its tag ${leakedTag}` : null);
    if (by === null || !state.keys.some((one) => one.id === state.name)) return null;
    const exposure = {
      part: 'keys',
      id: state.name,
      what: `the key pair ${state.name}`,
      to: 'whoever has found it',
      severity: 'high' as const,
      ...(state.isReplaceable === false && { ask: noReplacement }),
    };
    return { severity: 'high', why: why(state, by), exposures: [exposure] };
  },
  fix(state, exposures) {
    if (exposures.length === 0) return [];
    const leaked = state.keys.find((one) => one.id === state.name);
    if (leaked === undefined) return [];
    if (state.isReplaceable === false) return [{ op: 'remove', part: 'keys', value: leaked }];
    const value: OfferedKey = { id: replacementOf(state.name), type: leaked.type, publicKey: null, tags: {} };
    const made: Change[] = state.keys.some((one) => one.id === value.id)
      ? []
      : [{ op: 'add', part: 'keys', value }];
    return [...made, { op: 'remove', part: 'keys', value: leaked }];
  },
  examples: { bad: { ...good, tags: { [leakedTag]: 'found in a chat' } }, good },
});
