import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { leftOut } from './folder.ts';
import { freePort, type Server, serve } from './process.ts';

/** Debian's RabbitMQ on the loopback, with a name server of its own instead of the machine's. */
export interface RabbitMq {
  /** `amqp://guest:guest@127.0.0.1:PORT` */
  url: string;
  port: number;
  /** Ends the broker as a crash would, keeping its files; `start` brings it back at the same port. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const program = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const nameServer = '/usr/bin/epmd';

/** Starts a broker, or says why there is none here. */
export async function startRabbitMq(): Promise<RabbitMq | string> {
  const reason = leftOut();
  if (reason) return reason;
  if (!existsSync(program) || !existsSync(nameServer))
    return 'RabbitMQ is not installed (apt-get install rabbitmq-server)';
  const path = await mkdtemp(join(tmpdir(), 'snapshut-rabbitmq-'));
  const [port, dist, names] = [await freePort(), await freePort(), await freePort()];
  const erlang = { ERL_EPMD_PORT: String(names), ERL_EPMD_ADDRESS: '127.0.0.1', HOME: path };
  const epmd = serve(nameServer, [], { log: join(path, 'epmd.log'), env: erlang });
  let broker: Server | null = null;
  const start = async () => {
    const env = {
      ...erlang,
      RABBITMQ_NODENAME: `snapshut${port}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(dist),
      RABBITMQ_MNESIA_BASE: join(path, 'mnesia'),
      RABBITMQ_LOG_BASE: join(path, 'log'),
      RABBITMQ_PID_FILE: join(path, 'pid'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(path, 'plugins'),
      RABBITMQ_CONFIG_FILE: join(path, 'rabbitmq.conf'),
      RABBITMQ_CONF_ENV_FILE: join(path, 'environment'),
      // No script of its own stays before the broker, which signals would only reach.
      RUNNING_UNDER_SYSTEMD: 'true',
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    };
    broker = serve(program, [], { log: join(path, 'broker.log'), env });
    await listening(port);
  };
  const stop = async () => {
    await broker?.stop();
    await epmd.stop();
    await rm(path, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  const kill = async () => broker?.stop('SIGKILL');
  return { url: `amqp://guest:guest@127.0.0.1:${port}`, port, kill, start, stop };
}

async function listening(port: number): Promise<void> {
  for (const until = Date.now() + 120_000; Date.now() < until; await sleep(100)) {
    const isOpen = await new Promise<boolean>((done) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        done(true);
      }).once('error', () => done(false));
    });
    if (isOpen) return;
  }
  throw new Error('RabbitMQ does not listen');
}
