import { setTimeout as sleep } from 'node:timers/promises';
import { type Http, http } from '../../lib/providers/http.ts';
import { openstackChanges } from '../../lib/providers/openstack/changes.ts';
import type { Session } from '../../lib/providers/openstack/session.ts';
import { startOpenStack } from '../engines/openstack.ts';
import { sessionOn } from '../providers/openstack/session-on.ts';

/** What asking the real Neutron (sqlite, one thread) costs per 1,000 security groups: calls and milliseconds. */

const groups = 1_000;
const rounds = 5;

const cloud = await startOpenStack(['neutron']);
if (typeof cloud === 'string') {
  console.error(cloud);
  process.exit(2);
}
try {
  let calls = 0;
  const real = http({ sleep, random: Math.random });
  const counted: Http = (call) => {
    calls += 1;
    return real(call);
  };
  const session = await sessionOn(cloud.env('demo'), counted);
  const ids = await fill(session);
  const source = await openstackChanges(session, { everyMs: 60_000, jitterMs: 0 });
  let remembered = null as Awaited<ReturnType<typeof source.ask>>['remembered'];
  const ask = async (what: string) => {
    calls = 0;
    const startMs = performance.now();
    const said = await source.ask(remembered, new Date());
    remembered = said.remembered;
    const tookMs = Math.round(performance.now() - startMs);
    const kib = Math.round(JSON.stringify(remembered).length / 1024);
    console.log(
      JSON.stringify({ what, groups, calls, tookMs, events: said.events.length, rememberedKib: kib }),
    );
  };
  await ask('first look');
  for (let round = 0; round < rounds; round += 1) await ask('nothing moved');
  await open(session, ids[0] ?? '');
  await ask('one group moved');
} finally {
  await cloud.stop();
}

async function fill(session: Session): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < groups) {
    const security_groups = Array.from({ length: 50 }, (_, at) => ({ name: `group ${ids.length + at}` }));
    const call = { method: 'POST', service: 'network', path: '/security-groups' } as const;
    const made = JSON.parse((await session.call({ ...call, body: { security_groups } })).text);
    ids.push(...made.security_groups.map((one: { id: string }) => one.id));
  }
  return ids;
}

async function open(session: Session, security_group_id: string): Promise<void> {
  const rule = {
    security_group_id,
    direction: 'ingress',
    protocol: 'tcp',
    port_range_min: 22,
    port_range_max: 22,
  };
  const call = { method: 'POST', service: 'network', path: '/security-group-rules' } as const;
  await session.call({ ...call, body: { security_group_rule: rule } });
}
