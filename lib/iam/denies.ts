import { choiceCovers } from './choice.ts';
import { limitsOf } from './limits.ts';
import { type Limit, limited, type Trust, widest } from './reach.ts';
import type { Choice, Condition, Statement } from './statement.ts';

/** Who is left after a Deny, where it speaks of all of this action on all of this resource; else null. */
export function leftBy(deny: Statement, action: Choice, resource: Choice, trust: Trust): Limit | null {
  if (!choiceCovers(deny.actions, action) || !choiceCovers(deny.resources, resource)) return null;
  const spared = sparedBy(deny);
  if (!spared) return null;
  if (deny.conditions.length === 0) return spared;
  // The Deny needs all its conditions, so whoever fails one of them is spared too.
  const failing = deny.conditions.flatMap((condition) => limitsOf(negated(condition), trust).slice(0, 1));
  return widest([spared, ...failing], 'nobody');
}

/** Whom the Deny does not speak of, when it speaks of everyone else; null when it is about a few. */
function sparedBy(deny: Statement): Limit | null {
  if (!deny.principalsExcept) {
    const all = deny.principals.some(({ type, value }) => value === '*' && (type === '*' || type === 'AWS'));
    return all ? limited('nobody') : null;
  }
  if (deny.principals.some(({ value }) => /[*?]/.test(value))) return null;
  return limited(deny.principals.map(({ value }) => value).join(', '));
}

const opposites = new Map(
  Object.entries({
    stringequals: 'StringNotEquals',
    stringnotequals: 'StringEquals',
    stringequalsignorecase: 'StringNotEqualsIgnoreCase',
    stringnotequalsignorecase: 'StringEqualsIgnoreCase',
    stringlike: 'StringNotLike',
    stringnotlike: 'StringLike',
    arnequals: 'ArnNotEquals',
    arnnotequals: 'ArnEquals',
    arnlike: 'ArnNotLike',
    arnnotlike: 'ArnLike',
    ipaddress: 'NotIpAddress',
    notipaddress: 'IpAddress',
  }),
);

/** The condition that exactly those pass who fail this one. Unknown operators stay unknown. */
function negated({ operator, key, values }: Condition): Condition[] {
  const [, quantifier, word = ''] =
    /^(forallvalues:|foranyvalue:)?([a-z]+?)(?:ifexists)?$/.exec(operator.toLowerCase()) ?? [];
  const mustBeThere = /ifexists$/i.test(operator) || quantifier === 'forallvalues:';
  if (word === 'null' || word === 'bool') {
    return [
      { operator: word, key, values: values.map((v) => (v.toLowerCase() === 'true' ? 'false' : 'true')) },
    ];
  }
  const opposite = opposites.get(word);
  if (!opposite) return [{ operator, key, values }];
  const negatedOperator = `${quantifier === 'foranyvalue:' ? 'ForAllValues:' : ''}${opposite}`;
  const present: Condition = { operator: 'Null', key, values: ['false'] };
  return [{ operator: negatedOperator, key, values }, ...(mustBeThere ? [present] : [])];
}
