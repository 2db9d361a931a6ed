import { messageOf } from '../../lib/errors.ts';
import { startDynamoDbLocal } from '../engines/dynamodb-local.ts';
import type { Engine } from '../engines/engine.ts';
import { startMiniStack } from '../engines/ministack.ts';

/** Amazon's own where Java and Maven are there, else MiniStack, else the reason why neither is. */
async function startEither(): Promise<Engine | string> {
  try {
    return await startDynamoDbLocal();
  } catch (first) {
    // Never silently: a broken start of the better engine would hide behind the other one.
    console.warn(`DynamoDBLocal could not be started, trying MiniStack: ${messageOf(first)}`);
    return startMiniStack().catch(
      (second) => `DynamoDBLocal: ${messageOf(first)}; MiniStack: ${messageOf(second)}`,
    );
  }
}

export const engine = await startEither();
