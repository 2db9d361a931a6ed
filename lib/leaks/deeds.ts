import { sentence } from '../sentence.ts';

/** One call that was made with a key, as its trail has it. */
export interface Deed {
  at: string;
  /** `iam CreateUser` */
  call: string;
  address: string;
  region: string;
  refused: boolean;
  isRead: boolean;
  /** What it was about: `AWS::IAM::User mallory`. */
  resources: readonly string[];
}

export interface Deeds {
  deeds: readonly Deed[];
  days: number;
  /** Regions whose trail could not be asked, and why. */
  unasked: readonly { region: string; why: string }[];
  /** There was more than is worth asking for. */
  isCut: boolean;
}

/** How many of each are named; the rest is counted. */
const named = 10;
const longestWord = 128;

/** What a person has to know first: how much, from where, in which regions, and what is there since. */
export function tellDeeds({ deeds, days, unasked, isCut }: Deeds): string {
  if (deeds.length === 0 && unasked.length > 0)
    return sentence(`Nothing was found that it did in the last ${days} days`, ...unanswered(unasked));
  const whole = `${isCut ? 'more than ' : ''}${deeds.length} call${deeds.length === 1 ? '' : 's'}`;
  const refused = deeds.filter((one) => one.refused).length;
  const made = deeds.filter((one) => !one.isRead && !one.refused && one.resources.length > 0);
  const changed = made.map(({ at, call, resources }) => `${call} ${resources.join(' ')} (${at})`);
  const span = deeds.map((one) => one.at).toSorted();
  return sentence(
    `In the last ${days} days it made ${whole}${refused > 0 ? `, ${refused} of them refused` : ''}`,
    deeds.length === 0 ? '' : `between ${span[0]} and ${span.at(-1)}`,
    counted(
      'from',
      deeds.map((one) => one.address),
    ),
    counted(
      'in',
      deeds.map((one) => one.region),
    ),
    counted(
      'calls',
      deeds.map((one) => one.call),
    ),
    changed.length === 0 ? '' : `created or changed: ${listed(changed)}`,
    ...unanswered(unasked),
  );
}

function unanswered(unasked: Deeds['unasked']): string[] {
  return [...Map.groupBy(unasked, (one) => one.why)].map(
    ([why, some]) => `${listed(some.map((one) => one.region))} could not be asked: ${word(why)}`,
  );
}

function counted(label: string, all: readonly string[]): string {
  if (all.length === 0) return '';
  const groups = [...Map.groupBy(all, (one) => one)].map(([key, some]) => [key, some.length] as const);
  const most = groups.toSorted(([, a], [, b]) => b - a).map(([key, count]) => `${key} (${count})`);
  return `${label} ${listed(most)}`;
}

function listed(all: readonly string[]): string {
  const rest = all.length - named;
  return `${all.slice(0, named).map(word).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** Names were chosen by whoever held the key. */
function word(text: string): string {
  const bare = text.replace(/[^\p{L}\p{N} .:/@_(),'=+-]/gu, '·');
  return bare.length <= longestWord ? bare : `${bare.slice(0, longestWord)}…`;
}
