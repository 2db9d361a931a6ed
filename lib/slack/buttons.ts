import type { Case } from '../cases.ts';
import { isAttackId } from '../logs/attack-spans.ts';
import type { Button } from './message.ts';

export const acts = ['approve', 'deny', 'snooze', 'exempt', 'undo'] as const;
export type Act = (typeof acts)[number];

/** What a button carries: the case, and the plan that whoever presses it has seen. */
export interface ButtonValue {
  caseId: string;
  plan: string | null;
}

const texts: { [act in Act]: string } = {
  approve: 'Approve',
  deny: 'Deny',
  snooze: 'Snooze 1 h',
  exempt: 'Exempt …',
  undo: 'Undo',
};
const styles: { [act in Act]?: 'primary' | 'danger' } = {
  approve: 'primary',
  deny: 'danger',
  undo: 'danger',
};

/** What may be answered as the case stands. */
export function buttonsOf(about: Case): Button[] {
  const waits = about.asked !== null;
  const isOpen = about.closedAt === null;
  const isAttack = isAttackId(about.resource.id);
  const offered: Act[] = [
    ...(waits ? (['approve', 'deny', 'snooze'] as const) : []),
    ...(waits || (isOpen && about.outcome === 'told') ? (['exempt'] as const) : []),
    ...(about.shut.length > 0 ? (['undo'] as const) : []),
  ];
  const value = JSON.stringify({ caseId: about.caseId, plan: about.asked?.planFingerprint ?? null });
  return offered.map((act) => ({
    type: 'button',
    action_id: act,
    text: { type: 'plain_text', text: isAttack && act === 'undo' ? 'False alarm' : texts[act], emoji: false },
    value,
    ...(styles[act] && { style: styles[act] }),
    ...(act === 'undo' && { confirm: isAttack ? falseAlarmConfirm : undoConfirm }),
  }));
}

const plain = (text: string) => ({ type: 'plain_text', text, emoji: false });

const falseAlarmConfirm = {
  title: plain('No attack?'),
  text: plain('Whoever was blocked in it goes free, and the rules against it are retired.'),
  confirm: plain('It was none'),
  deny: plain('Leave them blocked'),
};

const undoConfirm = {
  title: plain('Put it back?'),
  text: plain('What was shut is open again, for a day at first.'),
  confirm: plain('Put it back'),
  deny: plain('Leave it shut'),
};
