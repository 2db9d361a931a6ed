import type { Control } from '../controls/control.ts';
import { type Exemption, type Resource, resourceKey } from '../model.ts';
import { endOf } from './dates.ts';
import { exemptionTag, exemptionTags } from './exemption-tags.ts';
import { fits } from './glob.ts';
import type { Policy } from './schema.ts';

/** `notes`: exemptions that were meant for this and have no effect, in sentences that people must be told. */
export type ExemptionAnswer =
  | { exempt: { until: string; reason: string; by: string; fingerprint: string | null }; notes: string[] }
  | { exempt: null; notes: string[] };

interface Question {
  resource: Resource;
  control: Control;
  /** Names of all controls, to tell a misspelt one from another control's. */
  controlNames: readonly string[];
  tags: { readonly [key: string]: string };
  policy: Policy;
  /** What History holds for this resource. */
  stored: readonly Exemption[];
  /** The plan that is asked for: an exemption of another plan is none. Null: not known yet. */
  planFingerprint: string | null;
  now: Date;
}

interface Candidate {
  until: Date | null;
  text: string;
  reason: string;
  by: string;
  fingerprint: string | null;
  /** Ended exemptions that the service wrote itself end without a word. */
  isSilent: boolean;
}

/** Whether this control must leave this resource as it is; of several exemptions the one that lasts longest counts. */
export function exemptionFor(question: Question): ExemptionAnswer {
  const tagged = exemptionTags(question.tags, question.controlNames);
  const notes = [...tagged.wrong];
  const candidates = [...ofPolicy(question), ...ofTags(question, tagged), ...ofStore(question)];
  const { now } = question;
  const valid = candidates.filter(({ until }) => until !== null && until >= now);
  for (const one of candidates) {
    if (one.until === null) notes.push(`the exemption of ${one.by} has no readable end and no effect`);
    else if (one.until < now && !one.isSilent) {
      notes.push(`the exemption of ${one.by} ended ${one.text} and has no effect`);
    }
  }
  const longest = valid.toSorted((a, b) => Number(b.until) - Number(a.until))[0];
  if (!longest?.until) return { exempt: null, notes };
  const { reason, by, fingerprint } = longest;
  return { exempt: { until: longest.until.toISOString(), reason, by, fingerprint }, notes };
}

function ofPolicy({ resource, control, policy }: Question): Candidate[] {
  const mine = policy.exemptions.filter(
    (one) =>
      (one.control === '*' || one.control === control.name) &&
      (one.account === undefined || one.account === resource.account) &&
      (fits(one.resource, resource.id) || fits(one.resource, resourceKey(resource))),
  );
  return mine.map(({ until, reason, by }) => ({
    until: endOf(until),
    text: until,
    reason,
    by: by ?? 'the policy file',
    fingerprint: null,
    isSilent: false,
  }));
}

function ofTags({ control }: Question, { exemptions }: ReturnType<typeof exemptionTags>): Candidate[] {
  const mine = exemptions.filter(({ controls }) => controls.includes('*') || controls.includes(control.name));
  return mine.map(({ until, untilText, reason }) => ({
    until,
    text: untilText,
    reason,
    by: `the tag ${exemptionTag}`,
    fingerprint: null,
    isSilent: false,
  }));
}

function ofStore({ resource, control, stored, planFingerprint }: Question): Candidate[] {
  const mine = stored.filter(
    (one) =>
      one.resourceKey === resourceKey(resource) &&
      (one.control === '*' || one.control === control.name) &&
      (one.fingerprint === null || one.fingerprint === planFingerprint),
  );
  return mine.map(({ until, reason, by, fingerprint }) => ({
    until: endOf(until),
    text: until,
    reason,
    by,
    fingerprint,
    isSilent: true,
  }));
}
