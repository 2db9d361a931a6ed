import type { Control } from '../controls/control.ts';
import { type Exemption, type Resource, resourceKey } from '../model.ts';
import { endOf } from './dates.ts';
import { exemptionTag, exemptionTags } from './exemption-tags.ts';
import { fits } from './glob.ts';
import type { Policy } from './schema.ts';

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

/** The exemptions in effect, and sentences about those that were meant for this and have no effect. */
export function exemptionsFor(question: Question): { inEffect: Exemption[]; notes: string[] } {
  const { tags, controlNames, now } = question;
  const tagged = exemptionTags(tags, controlNames);
  const written = [...ofPolicy(question), ...ofTags(question, tagged)];
  const notes = [...tagged.wrong];
  for (const { by, until } of written.filter((one) => hasEnded(one, now))) {
    notes.push(`the exemption of ${by} ended ${until} and has no effect`);
  }
  // Those that the service wrote itself (undo, deny) end without a word.
  const all = [...written, ...ofStore(question)].filter((one) => !hasEnded(one, now));
  return {
    inEffect: all.map((one) => ({ ...one, until: endOf(one.until)?.toISOString() ?? one.until })),
    notes,
  };
}

/** An end that cannot be read is no end, and without one nothing is exempt. */
function hasEnded({ until }: Exemption, now: Date): boolean {
  const end = endOf(until);
  return end === null || end < now;
}

function ofPolicy({ resource, control, policy }: Question): Exemption[] {
  const key = resourceKey(resource);
  const mine = policy.exemptions.filter(
    (one) =>
      (one.control === '*' || one.control === control.name) &&
      (one.account === undefined || one.account === resource.account) &&
      (fits(one.resource, resource.id) || fits(one.resource, key)),
  );
  return mine.map(({ until, reason, by }) => ({
    resourceKey: key,
    control: control.name,
    until,
    reason,
    by: by ?? 'the policy file',
    covers: null,
  }));
}

function ofTags(
  { resource, control }: Question,
  { exemptions }: ReturnType<typeof exemptionTags>,
): Exemption[] {
  const mine = exemptions.filter(({ controls }) => controls.includes('*') || controls.includes(control.name));
  return mine.map(({ untilText, reason }) => ({
    resourceKey: resourceKey(resource),
    control: control.name,
    until: untilText,
    reason,
    by: `the tag ${exemptionTag}`,
    covers: null,
  }));
}

function ofStore({ resource, control, stored }: Question): Exemption[] {
  const key = resourceKey(resource);
  return stored.filter(
    (one) => one.resourceKey === key && (one.control === '*' || one.control === control.name),
  );
}
