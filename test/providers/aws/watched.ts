import { beforeEach } from 'vitest';
import type { Control } from '../../../lib/controls/control.ts';
import type { Actor, Resource } from '../../../lib/model.ts';
import { AwsProvider } from '../../../lib/providers/aws/aws.ts';
import { reconcile } from '../../../lib/reconcile.ts';
import { type Moto, motoAccount, motoCredentials } from '../../../lib/sandbox/moto.ts';
import { undo } from '../../../lib/undo.ts';
import { makeWorld, opened, type World } from '../../loop/harness.ts';

/** The whole loop with one control over moto's account; a new history for each test. */
export function useWatched(moto: () => Moto, control: Control) {
  let world: World;
  let events = 0;
  beforeEach(() => {
    const provider = new AwsProvider({
      accounts: [{ account: motoAccount }],
      version: 'test',
      endpoint: moto().endpoint,
      credentials: motoCredentials,
      isOwn: (name) => name.startsWith('snapshut'),
    });
    world = makeWorld({ provider, controls: [control] });
  });
  const when = async (name: string, resource: Resource, actor: Actor | null = opened.actor) => {
    const trigger = { eventId: `event-${events++}`, at: null, actor, name };
    const [first] = await reconcile(resource, trigger, world.loop);
    if (!first) throw new Error('no outcome');
    return first;
  };
  return {
    world: () => world,
    when,
    outcomeOf: async (...of: Parameters<typeof when>) => (await when(...of)).outcome,
    putBack: (caseId: string | null) =>
      undo({ caseId: caseId ?? '', by: 'maria', exemptMs: 86_400_000 }, world.loop),
  };
}
