import { type ApprovalRules, peopleNeeded, unknownCause } from '../approvers.ts';
import type { Case } from '../cases.ts';
import type { Actor, OutcomeName, ToldChange } from '../model.ts';
import { buttonsOf } from './buttons.ts';
import { block, code, prose } from './inert.ts';

/** A case as the message that the on-call reads, and answers from. Pure. */

/** https://docs.slack.dev/reference/block-kit/blocks/section-block: 3000 a text, 2000 a field, 10 fields. */
export const limits = { text: 3000, field: 2000, fallback: 3000, blocks: 50 } as const;

export type Block =
  | { type: 'section'; block_id?: string; text: Mrkdwn }
  | { type: 'section'; fields: Mrkdwn[] }
  | { type: 'context'; elements: Mrkdwn[] }
  | { type: 'actions'; block_id: string; elements: Button[] };

/** `verbatim`: Slack looks for no links, names or channels in it. */
export interface Mrkdwn {
  type: 'mrkdwn';
  text: string;
  verbatim: true;
}

export interface Button {
  type: 'button';
  action_id: string;
  text: { type: 'plain_text'; text: string; emoji: false };
  value: string;
  style?: 'primary' | 'danger';
  confirm?: object;
}

export interface Message {
  /** What a notification shows. */
  text: string;
  blocks: Block[];
}

export interface MessageSettings {
  rules: ApprovalRules;
  /** Where the console is reached; null where nobody has said. */
  consoleUrl: string | null;
}

export const mrkdwn = (text: string): Mrkdwn => ({ type: 'mrkdwn', text, verbatim: true });
const section = (text: string): Block => ({ type: 'section', text: mrkdwn(text) });

export function caseMessage(about: Case, settings: MessageSettings): Message {
  const diff = diffOf(about);
  const buttons = buttonsOf(about);
  const blocks: Block[] = [
    section(`*${titles[about.outcome]}* · *${about.severity}* · ${nameOf(about)}`),
    section(prose(about.why, limits.text) || '–'),
    { type: 'section', fields: fieldsOf(about).map(mrkdwn) },
    ...(diff === null ? [] : [section(diff)]),
    ...(buttons.length === 0
      ? []
      : [{ type: 'actions' as const, block_id: `case/${about.caseId}`.slice(0, 255), elements: buttons }]),
    { type: 'context', elements: [mrkdwn(footOf(about, settings))] },
  ];
  return { text: prose(`${titles[about.outcome]}: ${about.why}`, limits.fallback), blocks };
}

export const titles: { [outcome in OutcomeName]: string } = {
  clean: 'Closed by somebody else',
  gone: 'Gone',
  ignored: 'Ignored',
  exempt: 'Exempt',
  told: 'Open, only told',
  asked: 'Open: shut it?',
  held: 'Held back: shut it?',
  planned: 'Planned',
  fixed: 'Shut',
  unfixed: 'NOT shut',
  failed: 'FAILED',
  undone: 'Put back',
  refused: 'Refused',
};

function nameOf({ resource, resourceName }: Case): string {
  const name = resourceName === null ? '' : ` ${code(resourceName, 200)}`;
  return `${resource.kind} ${code(resource.id, 400)}${name}`;
}

function fieldsOf(about: Case): string[] {
  const { resource, exposures, since, actor, control } = about;
  const open = exposures.slice(0, 8).map(({ what, to }) => `${prose(what, 90)} to ${prose(to, 110)}`);
  const more = exposures.length > 8 ? [`and ${exposures.length - 8} more`] : [];
  return [
    `*Open*\n${[...open, ...more].join('\n') || '–'}`,
    `*Since*\n${timeOf(since ?? about.openedAt)}${since === null ? ' (seen then)' : ''}`,
    `*Opened by*\n${actorOf(actor)}`,
    `*Where*\n${resource.provider} ${code(resource.account, 100)} ${prose(resource.region, 60)}, ${code(control, 100)}`,
  ];
}

function actorOf(actor: Actor | null): string {
  if (actor === null) return 'unknown';
  const how = actor.via === null ? '' : ` by ${prose(actor.via, 60)}`;
  const from = actor.sourceIp === null ? '' : ` from ${code(actor.sourceIp, 60)}`;
  return `${code(actor.name, 400)}${how}${from}`;
}

/** Slack shows it in the reader's own zone. */
export function timeOf(at: string): string {
  const seconds = Math.floor(Date.parse(at) / 1000);
  if (!Number.isFinite(seconds)) return prose(at, 60);
  return `<!date^${seconds}^{date_short_pretty} {time_secs}|${new Date(seconds * 1000).toISOString()}>`;
}

const diffTitles: { [outcome in OutcomeName]?: string } = {
  fixed: 'What was shut',
  undone: 'What was put back',
  unfixed: 'What is left to shut',
  asked: 'What would be shut',
  held: 'What would be shut',
};

const signs: { [op in ToldChange['op']]: string } = { remove: '-', add: '+', set: '~' };

function diffOf(about: Case): string | null {
  if (about.changes.length === 0) return null;
  const title = diffTitles[about.outcome] ?? 'What it is about';
  const lines = about.changes.map((change) => `${signs[change.op]} ${change.text}`);
  return `*${title}*\n${block(lines, limits.text - 100)}`;
}

function footOf(about: Case, { rules, consoleUrl }: MessageSettings): string {
  const { caseId, asked, shut } = about;
  const id = code(caseId, 60);
  const link =
    consoleUrl !== null && /^[\w-]+$/.test(caseId)
      ? `<${consoleUrl}/cases/${caseId}|case ${caseId}>`
      : `case ${id}`;
  const unknown = unknownCause(about, rules);
  const approved = (asked?.approvedBy ?? []).map((by) => `approved by ${personOf(by)}`);
  const parts = [
    link,
    shut.length > 0 ? `put it back with Undo or ${code(`snapshut undo ${caseId}`, 100)}` : '',
    asked === null ? '' : `answer until ${timeOf(asked.expiresAt)}`,
    asked?.snoozedUntil === undefined ? '' : `put off until ${timeOf(asked.snoozedUntil)}`,
    asked !== null && peopleNeeded(about.severity, rules) === 2 ? 'two people must approve' : '',
    ...approved,
    asked === null || unknown === null ? '' : prose(unknown, 600),
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

/** Somebody from Slack by their name there, which calls nobody: a context block notifies no one. */
export function personOf(by: string): string {
  const user = /^slack\/([UW][A-Z0-9]+)$/.exec(by)?.[1];
  return user === undefined ? code(by, 200) : `<@${user}>`;
}
