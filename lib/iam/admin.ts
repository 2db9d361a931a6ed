import type { Json } from '../model.ts';
import { choiceCovers } from './choice.ts';
import { patternsMeet } from './pattern.ts';
import { statementsOf } from './statement.ts';

/**
 * Does this identity policy allow every action of the pattern (`*`, `s3:*`) on every resource, unconditionally?
 * A Deny that touches any of it is believed to have a purpose.
 */
export function grantsEverything(document: Json, actions: string): boolean {
  const wanted = { except: false, patterns: [actions.toLowerCase()] };
  const everywhere = { except: false, patterns: ['*'] };
  const statements = statementsOf(document).flatMap((one) => ('unreadable' in one ? [] : [one]));
  const allowed = statements.some(
    ({ effect, actions: named, resources, conditions }) =>
      effect === 'Allow' &&
      conditions.length === 0 &&
      covers(named, wanted) &&
      choiceCovers(resources, everywhere),
  );
  return allowed && !statements.some((s) => s.effect === 'Deny' && choiceCovers(s.actions, wanted));
}

/** `NotAction` of a service that does not exist, or of a few others, still grants all of this one. */
function covers(
  named: { except: boolean; patterns: string[] },
  wanted: { except: boolean; patterns: string[] },
) {
  if (!named.except || wanted.patterns[0] !== '*') return choiceCovers(named, wanted);
  return !named.patterns.some(
    (pattern) => knownServices.test(pattern) || patternsMeet(pattern, 'iam:passrole'),
  );
}

/** Leaving one of these out is a real limit; a misspelt service is none. */
const knownServices =
  /^(iam|sts|organizations|account|ec2|s3|lambda|kms|rds|dynamodb|sqs|sns|cloudformation):/;
