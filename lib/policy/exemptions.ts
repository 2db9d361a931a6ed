import type { Control } from '../controls/control.ts';
import { type Exemption, type Resource, resourceKey } from '../model.ts';
import { endOf } from './dates.ts';
import { exemptionTag, exemptionTags } from './exemption-tags.ts';
import { fits } from './glob.ts';
import type { Policy } from './schema.ts';

/** `notes`: exemptions that were meant for this and have no effect, in sentences that people must be told. */
export interface ExemptionAnswer {
  inEffect: Exemption[];
  notes: string[];
}

interface Question {
  resource: Resource;
  control: Control;
  /** Names of all controls, to tell a misspelt one from another control's. */
  controlNames: readonly string[];
  tags: { readonly [key: string]: string };
  policy: Policy;
  /** What History holds for this resource. */
  stored: readonly Exemption[];
  now: Date;
}

interface Candidate {
  until: Date | null;
  text: string;
  reason: string;
  by: string;
  covers: string[] | null;
  /** Ended exemptions that the service wrote itself end without a word. */
  isSilent: boolean;
}

/** Which permissions to stay as it is hold now for this control on this resource. */
export function exemptionsFor(question: Question): ExemptionAnswer {
  const tagged = exemptionTags(question.tags, question.controlNames);
  const notes = [...tagged.wrong];
  const inEffect: Exemption[] = [];
  const { now, resource, control } = question;
  for (const one of [...ofPolicy(question), ...ofTags(question, tagged), ...ofStore(question)]) {
    const { until, reason, by, covers } = one;
    if (until === null) notes.push(`the exemption of ${by} has no readable end and no effect`);
    else if (until >= now) {
      const about = { resourceKey: resourceKey(resource), control: control.name };
      inEffect.push({ ...about, until: until.toISOString(), reason, by, covers });
    } else if (!one.isSilent) notes.push(`the exemption of ${by} ended ${one.text} and has no effect`);
  }
  return { inEffect, notes };
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
    covers: null,
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
    covers: null,
    isSilent: false,
  }));
}

function ofStore({ resource, control, stored }: Question): Candidate[] {
  const mine = stored.filter(
    (one) =>
      one.resourceKey === resourceKey(resource) && (one.control === '*' || one.control === control.name),
  );
  return mine.map(({ until, reason, by, covers }) => ({
    until: endOf(until),
    text: until,
    reason,
    by,
    covers,
    isSilent: true,
  }));
}
