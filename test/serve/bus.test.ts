import { join } from 'node:path';
import { connect as connectTo } from 'amqplib';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { SqliteInbox } from '../../lib/history/inbox.ts';
import { normalise } from '../../lib/normalise.ts';
import { type BusOptions, listenToBus } from '../../lib/serve/bus.ts';
import { openstackVenv } from '../engines/openstack/venv.ts';
import { run } from '../engines/process.ts';
import { type RabbitMq, startRabbitMq } from '../engines/rabbitmq.ts';

/** Debian's RabbitMQ, and OpenStack's own library as the one that notifies. */

let broker: RabbitMq | string;
beforeAll(async () => {
  broker = await startRabbitMq();
}, 300_000);
afterAll(async () => {
  if (typeof broker === 'object') await broker.stop();
});

let inbox: SqliteInbox;
let warned: string[];
let round = 0;
beforeEach(({ skip }) => {
  if (typeof broker === 'string') skip(broker);
  inbox = SqliteInbox.open(':memory:');
  warned = [];
  round += 1;
});

const timeout = 60_000;
const now = () => new Date('2026-11-24T12:00:00Z');
const held = async () => (await inbox.counts(now().getTime())).waiting;
const queueOf = () => `snapshut-${round}`;

/** Listens while `work` runs; the exchange is as oslo.messaging makes it. */
async function listening(
  work: (url: string) => Promise<void>,
  over: Partial<BusOptions> = {},
  store = inbox,
) {
  const { url } = broker as RabbitMq;
  const stop = new AbortController();
  const options = { urls: [url], queue: queueOf(), exchanges: ['neutron'], topic: 'notifications', now };
  const listen = listenToBus({ ...options, projects: new Set(['p1']), random: () => 0, ...over });
  const ended = listen({
    inbox: store,
    onAccepted: () => {},
    tell: async () => {},
    warn: (text) => warned.push(text),
    signal: stop.signal,
  });
  try {
    await work(url);
  } finally {
    stop.abort();
    await ended;
  }
}

const notification = (id: string, project: string) => ({
  message_id: id,
  event_type: 'security_group_rule.create.end',
  publisher_id: 'network.host',
  timestamp: '2026-11-24 11:00:00.000000',
  _context_auth_token: 'gAAAAA-a-token',
  payload: { security_group_rule: { id: 'r1', security_group_id: 'g1', project_id: project } },
});

async function publish(url: string, ...bodies: string[]): Promise<void> {
  const connection = await connectTo(url);
  const channel = await connection.createConfirmChannel();
  await channel.assertExchange('neutron', 'topic', { durable: false });
  for (const body of bodies) channel.publish('neutron', 'notifications.info', Buffer.from(body));
  await channel.waitForConfirms();
  await connection.close();
}

const countOf = async (url: string, queue: string): Promise<number> => {
  const connection = await connectTo(url);
  const { messageCount } = await (await connection.createChannel()).checkQueue(queue);
  await connection.close();
  return messageCount;
};
const isBound = () =>
  expect.poll(() => countOf((broker as RabbitMq).url, queueOf()).catch(() => -1), { timeout }).toBe(0);

it("what OpenStack's own library notifies is in the inbox once, without its token", async () => {
  const python = join(await openstackVenv(), 'bin/python');
  const notifier = join(import.meta.dirname, 'oslo_notifier.py');

  await listening(async (url) => {
    await publish(url);
    await isBound();
    await run(python, ['-W', 'ignore', notifier, url.replace('amqp:', 'rabbit:'), 'p1']);
    await expect.poll(held, { timeout }).toBe(2);
    await expect.poll(() => countOf(url, queueOf())).toBe(0);
  });

  const messages = await inbox.take(10, now().getTime(), 1_000);
  const events = messages.map((one) => normalise(JSON.parse(one.body)));
  expect(messages.map((one) => one.body).join()).not.toMatch(/gAAAAA|auth_token/);
  expect(events.map((one) => one.name)).toEqual([
    'security_group_rule.create.start',
    'security_group_rule.create.end',
  ]);
  expect(events[0]?.ignored).toContain('has not happened yet');
  expect(events[1]).toMatchObject({
    account: 'p1',
    hints: [{ provider: 'openstack', kind: 'firewall', id: 'g1' }],
    actor: { name: 'u1' },
  });
}, 120_000);

it('a message twice is one event; of other projects nothing is kept; what cannot be read waits apart', async () => {
  const ours = JSON.stringify(notification('m1', 'p1'));
  const theirs = JSON.stringify({
    'oslo.version': '2.0',
    'oslo.message': JSON.stringify(notification('m2', 'p2')),
  });

  await listening(async (url) => {
    await publish(url);
    await isBound();
    await publish(url, ours, theirs, ours, 'no JSON', '[1]', '{"oslo.message": "{"}');
    await expect.poll(() => countOf(url, `${queueOf()}.unreadable`), { timeout }).toBe(3);
    await expect.poll(() => countOf(url, queueOf())).toBe(0);
  });

  expect(await held()).toBe(1);
  expect(warned.filter((one) => one.includes('.unreadable'))).toHaveLength(3);
}, 120_000);

it('what could not be stored is not acknowledged, and comes again', async () => {
  let failures = 2;
  const store = Object.create(inbox) as SqliteInbox;
  store.put = (...args) =>
    failures-- > 0 ? Promise.reject(new Error('the disk is full')) : inbox.put(...args);

  await listening(
    async (url) => {
      await publish(url);
      await isBound();
      await publish(url, JSON.stringify(notification('m1', 'p1')));
      await expect.poll(held, { timeout }).toBe(1);
    },
    {},
    store,
  );

  expect(warned.join()).toContain('the disk is full');
  expect(warned.join()).not.toContain('guest');
}, 120_000);

it('a broker that dies is found again; what it held meanwhile is not lost', async () => {
  const mq = broker as RabbitMq;
  await listening(async (url) => {
    await publish(url);
    await isBound();
    await publish(url, JSON.stringify(notification('m1', 'p1')));
    await expect.poll(held, { timeout }).toBe(1);

    await mq.kill();
    await mq.start();
    await publish(url);
    // The exchange that does not survive its broker is bound again.
    await expect
      .poll(
        async () => {
          await publish(url, JSON.stringify(notification('m2', 'p1')));
          return held();
        },
        { timeout, interval: 1_000 },
      )
      .toBe(2);
  });

  expect(warned.length).toBeGreaterThan(0);
}, 240_000);

it('an exchange that is not there yet is waited for', async () => {
  await listening(
    async (url) => {
      await expect.poll(() => warned.join(), { timeout }).toContain('NOT_FOUND');
      const connection = await connectTo(url);
      await (await connection.createChannel()).assertExchange('late', 'topic', { durable: true });
      await connection.close();
      await expect
        .poll(
          async () => {
            const sender = await connectTo(url);
            const channel = await sender.createConfirmChannel();
            channel.publish(
              'late',
              'notifications.error',
              Buffer.from(JSON.stringify(notification('m3', 'p1'))),
            );
            await channel.waitForConfirms();
            await sender.close();
            return held();
          },
          { timeout, interval: 1_000 },
        )
        .toBe(1);
    },
    { exchanges: ['late'] },
  );
}, 120_000);
