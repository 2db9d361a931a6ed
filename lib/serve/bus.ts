import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { messageOf, TerminalError } from '../errors.ts';
import type { Inbox } from '../ports.ts';
import type { Background } from './background.ts';
import { busMessage } from './bus-message.ts';

/**
 * Notifications of an OpenStack bus (RabbitMQ), for operators who own it. The queue is ours alone, so nobody else's
 * listener misses anything; a message is acknowledged when it is in the inbox, and what cannot be read goes to
 * QUEUE.unreadable. https://docs.openstack.org/oslo.messaging/latest/reference/notifier.html
 */
export interface BusOptions {
  /** `amqp://USER:PASSWORD@HOST:5672/VHOST`; several are tried in turn. They hold a password and are never told. */
  urls: readonly string[];
  queue: string;
  /** The control exchange of each service: `neutron`, `keystone` … */
  exchanges: readonly string[];
  topic: string;
  /** The projects whose notifications are kept. */
  projects: ReadonlySet<string>;
  now(): Date;
  random(): number;
}

/** Messages that are stored at once. */
const prefetch = 100;
const heartbeatSeconds = 20;
const connectMs = 10_000;
const backoffMostMs = 60_000;

/** Listens until aborted; a broker that goes away is looked for again, at most a minute later. */
export function listenToBus(options: BusOptions): Background {
  return async ({ inbox, onAccepted, warn, signal }) => {
    const { urls, random } = options;
    let failures = 0;
    for (let at = 0; !signal.aborted; at += 1) {
      const url = urls[at % urls.length] ?? '';
      try {
        await session(url, options, { inbox, onAccepted, warn, signal, onReady: () => (failures = 0) });
      } catch (error) {
        failures += 1;
        warn(`bus ${hostOf(url)}: ${messageOf(error)}`);
        const waitMs = Math.min(backoffMostMs, 500 * 2 ** failures) * (0.5 + random() / 2);
        await sleep(waitMs, undefined, { signal }).catch(() => {});
      }
    }
  };
}

interface SessionParts {
  inbox: Pick<Inbox, 'put'>;
  onAccepted(): void;
  onReady(): void;
  warn(text: string): void;
  signal: AbortSignal;
}

/** One connection to its end: resolves when aborted, throws why it broke. */
async function session(url: string, options: BusOptions, parts: SessionParts): Promise<void> {
  const { connect } = await import('amqplib');
  const connection = await connect(amqpUrl(url), { timeout: connectMs });
  const underWay = new Set<Promise<void>>();
  try {
    const broken = brokenBy(connection);
    const channel = await Promise.race([
      consume(connection, options, parts, underWay, broken.fail),
      broken.ended,
    ]);
    parts.onReady();
    await Promise.race([aborted(parts.signal), broken.ended]);
    // What is on its way into the inbox is acknowledged before the broker would hand it out again.
    await Promise.all(underWay);
    await channel.close();
  } finally {
    await connection.close().catch(() => {});
  }
}

function brokenBy(connection: ChannelModel) {
  let fail: (error: Error) => void = () => {};
  const ended = new Promise<never>((_, reject) => {
    fail = reject;
  });
  ended.catch(() => {});
  connection.on('error', fail);
  connection.on('close', () => fail(new Error('the connection was closed')));
  return { ended, fail };
}

async function consume(
  connection: ChannelModel,
  { queue, exchanges, topic, projects, now }: BusOptions,
  { inbox, onAccepted, warn }: SessionParts,
  underWay: Set<Promise<void>>,
  fail: (error: Error) => void,
): Promise<Channel> {
  const channel = await connection.createChannel();
  channel.on('error', fail);
  channel.on('close', () => fail(new Error('the channel was closed')));
  await channel.prefetch(prefetch);
  const unreadable = `${queue}.unreadable`;
  await channel.assertQueue(unreadable, { durable: true });
  await channel.assertQueue(queue, {
    durable: true,
    deadLetterExchange: '',
    deadLetterRoutingKey: unreadable,
  });
  // The services make their exchanges, with the durability that they want; until they did, this is tried again.
  for (const exchange of exchanges) await channel.bindQueue(queue, exchange, `${topic}.*`);

  const store = async (message: ConsumeMessage) => {
    const read = busMessage(message.content, projects);
    if (read.is === 'unreadable') {
      warn(`a message of ${message.content.length} bytes went to ${unreadable}: ${read.why}`);
      return channel.reject(message, false);
    }
    if (read.is === 'ours') {
      await inbox.put(read.eventId, JSON.stringify(read.event), now().getTime());
      onAccepted();
    }
    channel.ack(message);
  };
  await channel.consume(queue, (message) => {
    if (message === null) return fail(new Error(`queue ${queue} was deleted`));
    const work = store(message)
      // Not acknowledged is not lost: the broker hands it out again on the next connection.
      .catch((error: unknown) => fail(new Error(`not stored: ${messageOf(error)}`)))
      .finally(() => underWay.delete(work));
    underWay.add(work);
  });
  return channel;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
}

/** The URLs of a variable as oslo.messaging writes them (`rabbit://`) or as AMQP does, with spaces between. */
export function busUrls(text: string): string[] {
  const urls = text.split(/\s+/).filter((url) => url !== '');
  if (urls.length === 0 || !urls.every((url) => /^(rabbit|amqps?):\/\/[^\s/]+/.test(url)))
    throw new TerminalError('expected URLs such as amqp://USER:PASSWORD@HOST:5672/ for the bus');
  return urls;
}

function amqpUrl(url: string): string {
  const parsed = new URL(url.replace(/^rabbit:/, 'amqp:'));
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', String(heartbeatSeconds));
  // oslo.messaging writes the default virtual host as an empty path.
  return parsed.pathname === '/' ? parsed.href.replace(/\/(?=\?)/, '') : parsed.href;
}

function hostOf(url: string): string {
  return new URL(url.replace(/^rabbit:/, 'amqp:')).host;
}
