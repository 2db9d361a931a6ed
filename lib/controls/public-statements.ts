import type { Trust } from '../iam/reach.ts';
import { type StatementAnswer, whoCan } from '../iam/who.ts';
import { documentOf, type PolicyStatement } from '../kinds/statement.ts';
import type { Change, Element, Exposure, Severity } from '../model.ts';
import type { Settings } from './control.ts';

/** Policy statements that let everybody in, as exposures, and taking them out. */

export interface Asked {
  part: string;
  statements: readonly PolicyStatement[];
  owner: string;
  /** Whether a service principal that names no source may be sent by strangers. */
  services: Trust['services'];
  severity: Severity;
  /** Whether accounts and organizations that are named, and are not among the trusted ones, are asked about. */
  strangers?: boolean;
}

export function trustOf(owner: string, settings: Settings, services: Trust['services']): Trust {
  const { trusted, trustedAccounts, trustedOrganizations } = settings;
  return { account: owner, trusted, trustedAccounts, trustedOrganizations, services };
}

/**
 * Public statements, and unclear ones, which ask; and so do strangers that are named, once the policy file says who
 * is none: before that every partner would be one.
 */
export function statementExposures(asked: Asked, settings: Settings): Exposure[] {
  const trust = trustOf(asked.owner, settings, asked.services);
  const { statements } = whoCan(documentOf(asked.statements), trust);
  const knowsFriends = settings.trustedAccounts.length + settings.trustedOrganizations.length > 0;
  return statements.flatMap((said) => {
    const element = asked.statements[said.index];
    if (!element) return [];
    if (said.answer !== 'not public') return [exposureOf(said, element.id, asked)];
    const names = asked.strangers === true && knowsFriends && said.outsiders.length > 0;
    return names ? [strangersOf(said, element.id, asked)] : [];
  });
}

function strangersOf({ does, outsiders }: StatementAnswer, id: string, { part }: Asked): Exposure {
  const to = outsiders.map((one) => (/^\d{12}$/.test(one) ? `account ${one}` : one)).join(', ');
  const ask = 'nothing in the policy file says that they are trusted, and somebody let them in by name';
  return { part, id, what: `${does} (statement ${id})`, to, severity: 'medium', ask };
}

function exposureOf(said: StatementAnswer, id: string, { part, severity }: Asked): Exposure {
  const exposure = { part, id, what: `${said.does} (statement ${id})`, to: said.who, severity };
  if (said.answer === 'public') return exposure;
  return { ...exposure, severity: 'medium', ask: `it is not clear whom this lets in: ${said.sentence}` };
}

/** Takes elements out, the last first, so that the position of each still counts and undo puts them back. */
export function removals(
  part: string,
  elements: readonly Element[],
  exposures: readonly Exposure[],
): Change[] {
  const ids = new Set(exposures.filter((one) => one.part === part).map((one) => one.id));
  return elements
    .map((value, index): Change => ({ op: 'remove', part, value, index }))
    .filter((change) => change.op === 'remove' && ids.has(change.value.id))
    .toReversed();
}

export function sentenceOf(exposures: readonly Exposure[]): string {
  const shown = exposures.slice(0, 3).map((one) => `${one.what} to ${one.to}`);
  const more = exposures.length > 3 ? ` and ${exposures.length - 3} more` : '';
  return `${shown.join('; ')}${more}`;
}
