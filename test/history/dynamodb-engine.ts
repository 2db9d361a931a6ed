import { messageOf } from '../../lib/errors.ts';
import { startDynamoDbLocal } from '../engines/dynamodb-local.ts';
import type { Engine } from '../engines/engine.ts';
import { startMiniStack } from '../engines/ministack.ts';

/** Amazon's own where Java and Maven are there, else MiniStack, else the reason why neither is. */
async function startEither(): Promise<Engine | string> {
  try {
    return await startDynamoDbLocal();
  } catch (first) {
    return startMiniStack().catch(
      (second) => `DynamoDBLocal: ${messageOf(first)}; MiniStack: ${messageOf(second)}`,
    );
  }
}

export const engine = await startEither();
