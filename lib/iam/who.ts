import type { Json } from '../model.ts';
import { describeChoice, piecesOf } from './choice.ts';
import { leftBy } from './denies.ts';
import { isClaimOf } from './federated.ts';
import { limitsOf } from './limits.ts';
import { principalLimit } from './principals.ts';
import { type Limit, narrowest, type Trust, unclear, widest } from './reach.ts';
import { type Statement, statementsOf, type Unreadable } from './statement.ts';

export type Answer = 'public' | 'unclear' | 'not public';

export interface StatementAnswer {
  index: number;
  sid: string | null;
  answer: Answer;
  /** Who can do it, in words. */
  who: string;
  /** What they can do, in words. */
  does: string;
  /** `Statement PublicRead lets everyone do s3:getobject on arn:aws:s3:::b/*.` */
  sentence: string;
  /** Accounts and organizations named in it that nobody declared trusted. */
  outsiders: string[];
}

export interface PolicyAnswer {
  answer: Answer;
  statements: StatementAnswer[];
}

/** Whom a resource policy lets in: each statement by itself, with the policy's own Deny statements counted. */
export function whoCan(document: Json, trust: Trust): PolicyAnswer {
  const statements = statementsOf(document);
  const denies = statements.filter((s): s is Statement => !('unreadable' in s) && s.effect === 'Deny');
  const answers = statements.map((statement) => answerOn(statement, denies, trust));
  return { answer: worstAnswer(answers.map((one) => one.answer)), statements: answers };
}

export function worstAnswer(answers: readonly Answer[]): Answer {
  if (answers.includes('public')) return 'public';
  return answers.includes('unclear') ? 'unclear' : 'not public';
}

function answerOn(
  statement: Statement | Unreadable,
  denies: readonly Statement[],
  trust: Trust,
): StatementAnswer {
  if ('unreadable' in statement) {
    return told(statement, unclear('somebody'), 'something', `cannot be judged: ${statement.unreadable}`);
  }
  const does = `${describeChoice(statement.spelled)} on ${describeChoice(statement.resources)}`;
  if (statement.effect === 'Deny') {
    return told(statement, { reach: 'limited', to: 'nobody', outsiders: [] }, does, `only forbids ${does}`);
  }
  const limit = allowedBy(statement, denies, trust);
  return told(statement, limit, does, `lets ${limit.to} do ${does}`);
}

/** More pieces than a real policy has: judged as a whole, which only a Deny of the whole can narrow. */
const piecesMax = 20_000;

function allowedBy(statement: Statement, denies: readonly Statement[], trust: Trust): Limit {
  const others = statement.conditions.filter(({ key }) => !isClaimOf(statement.principals, key));
  const granted = [principalLimit(statement, trust), ...limitsOf(others, trust)];
  const alone = narrowest(granted) ?? unclear('somebody');
  const actions = piecesOf(statement.actions);
  const resources = piecesOf(statement.resources);
  if (actions.length === 0 || resources.length === 0) return widest([], 'nobody');
  if (denies.length === 0 || alone.reach === 'limited') return alone;
  if (actions.length * resources.length * denies.length > piecesMax) return unclear(alone.to);
  const pieces = actions.flatMap((action) =>
    resources.map((resource) => {
      const left = denies.map((deny) => leftBy(deny, action, resource, trust)).filter((one) => one !== null);
      return narrowest([...granted, ...left]) ?? alone;
    }),
  );
  return widest(pieces, 'nobody');
}

function told(
  { index, sid }: { index: number; sid: string | null },
  limit: Limit,
  does: string,
  says: string,
): StatementAnswer {
  const answer = limit.reach === 'anyone' ? 'public' : limit.reach === 'unclear' ? 'unclear' : 'not public';
  const name = sid === null ? `Statement ${index + 1}` : `Statement ${sid}`;
  const sentence = `${name} ${says}.`;
  return { index, sid, answer, who: limit.to, does, sentence, outsiders: limit.outsiders };
}
