import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../../lib/model.ts';
import { normalise } from '../../../lib/normalise.ts';
import { exoscaleEvents, windows } from '../../../lib/providers/exoscale/events.ts';
import { type Exoscale, startExoscale } from '../../engines/exoscale.ts';
import { clientOn } from './provider-on.ts';

const at = (text: string) => Date.parse(text);
const days = (list: { from: string; to: string }[]) =>
  list.map(({ from, to }) => (Date.parse(to) - Date.parse(from)) / 86_400_000);

describe('which part of the audit trail is asked for', () => {
  const now = at('2026-11-24T12:00:00Z');

  it('the first time, the last day', () => {
    expect(windows(null, now)).toEqual([
      { from: '2026-11-23T12:00:00.000Z', to: '2026-11-24T12:00:00.000Z' },
    ]);
  });

  it('then from where it was left, a quarter of an hour earlier', () => {
    const until = '2026-11-24T11:59:30Z';

    expect(windows(until, now)).toEqual([
      { from: '2026-11-24T11:44:30.000Z', to: '2026-11-24T12:00:00.000Z' },
    ]);
  });

  it('after an outage of three days, day by day without a gap', () => {
    const found = windows('2026-11-21T12:00:00Z', now);

    expect(found[0]?.from).toBe('2026-11-21T11:45:00.000Z');
    expect(found.slice(1).map(({ from }) => from)).toEqual(found.slice(0, -1).map(({ to }) => to));
    expect(found.at(-1)?.to).toBe('2026-11-24T12:00:00.000Z');
  });

  it('never further back than the thirty days that are kept', () => {
    expect(days(windows('2020-01-01T00:00:00Z', now)).reduce((a, b) => a + b)).toBe(30);
  });

  it('a clock that was set back skips nothing', () => {
    expect(windows('2026-11-24T18:00:00Z', now)[0]?.from).toBe('2026-11-24T11:45:00.000Z');
  });
});

describe('polling the audit trail', () => {
  let fake: Exoscale;
  beforeEach(async () => {
    fake = await startExoscale();
  });
  afterEach(() => fake.stop());
  const ask = (remembered: Json, now = new Date()) =>
    exoscaleEvents(clientOn(fake), 'org', 'ch-gva-2', { everyMs: 60_000, jitterMs: 0 }).ask(remembered, now);

  it('what was asked for twice has one id, and parameters of calls are not kept', async () => {
    const client = clientOn(fake);
    const made = await client.change('ch-gva-2', {
      method: 'POST',
      path: '/security-group',
      body: { name: 'a' },
    });
    const path = `/security-group/${made.reference?.id}/rules`;
    const body = { 'flow-direction': 'ingress', protocol: 'tcp', description: 'a password' };
    await client.change('ch-gva-2', { method: 'POST', path, body });
    for (const event of fake.state.events) event['body-params'] = { password: 'a password' };

    const first = await ask(null);
    const again = await ask(first.remembered);

    expect(first.events).toHaveLength(2);
    expect(again.events.map((one) => one.eventId)).toEqual(first.events.map((one) => one.eventId));
    expect(JSON.stringify(first.events)).not.toContain('a password');
    expect(normalise(first.events[1]?.body)).toMatchObject({
      eventId: first.events[1]?.eventId,
      hints: [{ provider: 'exoscale', account: 'org', kind: 'firewall', id: made.reference?.id }],
    });
  });

  it('an event that shows up late is still seen', async () => {
    const first = await ask(null);
    const lateAt = new Date(Date.now() - 10 * 60_000).toISOString();
    fake.state.events.push({ timestamp: lateAt, handler: 'authenticate', status: 200 });

    expect((await ask(first.remembered)).events).toHaveLength(1);
  });

  it('an outage in the middle of the days that were missed moves nothing on', async () => {
    const weekAgo = { until: new Date(Date.now() - 7 * 86_400_000).toISOString() };
    fake.fail(/GET .*event/, 403, 1);

    await expect(ask(weekAgo)).rejects.toThrow();
    expect((await ask(weekAgo)).events).toEqual([]);
  });
});
