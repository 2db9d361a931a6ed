import { messageOf } from '../../lib/errors.ts';
import { startMoto } from '../../lib/sandbox/moto.ts';
import { startDynamoDbLocal } from './dynamodb-local.ts';
import { startMiniStack } from './ministack.ts';
import { openstackTemplate } from './openstack/template.ts';
import { openstackVenv } from './openstack/venv.ts';
import { sslyze } from './sslyze.ts';

/**
 * Installs the engines that the tests start, so that a build does so beside its other preparations. What cannot be had
 * is said, and its tests say so again when they are skipped.
 */

const engines: { [name: string]: () => Promise<unknown> } = {
  moto: () => startMoto().then((engine) => engine.stop()),
  MiniStack: () => startMiniStack().then((engine) => engine.stop()),
  DynamoDBLocal: () => startDynamoDbLocal().then((engine) => engine.stop()),
  sslyze,
  OpenStack: async () => openstackTemplate(await openstackVenv()),
};

for (const [name, prepare] of Object.entries(engines)) {
  await prepare().catch((error: unknown) => console.error(`${name} is not to be had: ${messageOf(error)}`));
}
