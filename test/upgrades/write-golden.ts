import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CreateTableCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { deny } from '../../lib/answer.ts';
import { DynamoHistory } from '../../lib/history/dynamodb.ts';
import { tableDefinition } from '../../lib/history/dynamodb-table.ts';
import { SqliteInbox } from '../../lib/history/inbox.ts';
import { migrations } from '../../lib/history/schema.ts';
import { SqliteHistory } from '../../lib/history/sqlite.ts';
import type { Resource } from '../../lib/model.ts';
import type { History } from '../../lib/ports.ts';
import { reconcile } from '../../lib/reconcile.ts';
import { undo } from '../../lib/undo.ts';
import { engine } from '../history/dynamodb-engine.ts';
import { firewall, group, makeWorld, opened, rule, type World } from '../loop/harness.ts';

/**
 * `node test/upgrades/write-golden.ts`, run once by the program of a version before the stores change: what it leaves
 * behind in the middle of its work goes to `golden/VERSION/`, for every later version to take over. It uses only what
 * has been there since the first version, so that it can be laid into an older checkout.
 */

type Step = (world: World, resource: Resource) => Promise<unknown>;

const shutIt: Step = (world, resource) =>
  reconcile(resource, { ...opened, eventId: resource.id }, world.loop);
const putBack: Step = async (world) => undo({ ...(await lastCase(world)), by: 'bob' }, world.loop);

const left: { [id: string]: Step } = {
  'sg-fixed': shutIt,
  'sg-asked': (world, resource) => inMode('ask', world, resource),
  'sg-told': (world, resource) => inMode('tell', world, resource),
  'sg-undone': async (world, resource) => {
    await shutIt(world, resource);
    await putBack(world, resource);
  },
  'sg-denied': async (world, resource) => {
    await inMode('ask', world, resource);
    await deny({ ...(await lastCase(world)), by: 'bob' }, world.loop);
  },
  'sg-cut-in-fix': (world, resource) => dying(world, resource, shutIt),
  'sg-cut-in-undo': async (world, resource) => {
    await shutIt(world, resource);
    await dying(world, resource, putBack);
  },
};

async function inMode(mode: 'ask' | 'tell', world: World, resource: Resource): Promise<void> {
  world.policy.mode = mode;
  await shutIt(world, resource);
  world.policy.mode = 'fix';
}

async function lastCase({ history }: World) {
  const { cases } = await history.find({ limit: 1 });
  return { caseId: cases[0]?.caseId ?? '', exemptMs: 86_400_000 };
}

/** The process ends when the change has reached the cloud; what it would have written afterwards is not written. */
async function dying(world: World, resource: Resource, step: Step): Promise<void> {
  const { history, cloud, loop } = world;
  let isDead = false;
  const until = <T extends object>(port: T): T =>
    new Proxy(port, {
      get:
        (target, name) =>
        async (...args: unknown[]) => {
          if (isDead) throw new Error('the process has ended');
          const answer = await Reflect.apply(Reflect.get(target, name) as () => unknown, target, args);
          isDead = name === 'apply';
          if (isDead) throw new Error('the process has ended');
          return answer;
        },
    });
  loop.history = until(history);
  const provider = until(cloud);
  loop.provider = () => provider;
  await step(world, resource).catch(() => {});
  if (!isDead) throw new Error(`nothing was changed of ${resource.id}`);
  loop.history = history;
  loop.provider = () => cloud;
  world.clock.nowMs += 300_000;
}

/** What is left behind in this history, and the cloud beside it. */
async function leave(history: History) {
  const world = makeWorld({ history });
  let next = 1;
  world.loop.newId = () => `case-${next++}`;
  const groups = Object.keys(left).map((id) => ({ ...group, id }));
  for (const [at, resource] of groups.entries()) {
    const rules = [
      rule(`sgr-${at}-ssh`, { description: 'for the weekend', tags: { team: 'web' } }),
      rule(`sgr-${at}-https`, { fromPort: 443, toPort: 443 }),
      rule(`sgr-${at}-wide`, {
        protocol: 'all',
        fromPort: null,
        toPort: null,
        peer: { type: 'cidr', cidr: '::/0' },
      }),
    ];
    world.cloud.put(resource, firewall(rules, { name: resource.id }));
  }
  for (const resource of groups) {
    world.clock.nowMs += 60_000;
    await left[resource.id]?.(world, resource);
  }
  await history.set('frozen', 'the weekend of the big sale (bob)');
  const readings = await world.cloud.read(groups);
  const cloud = groups.map((resource, at) => ({ resource, reading: readings[at] }));
  return { nowMs: world.clock.nowMs, cloud };
}

const folder = join(import.meta.dirname, 'golden', String(migrations.length));
mkdirSync(folder, { recursive: true });
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

const work = mkdtempSync(join(tmpdir(), 'snapshut-golden-'));
const path = join(work, 'history.db');
const history = SqliteHistory.open(path);
const world = await leave(history);
await history.close();
const inbox = SqliteInbox.open(path);
await inbox.put('event-waiting', '{"id":"event-waiting"}', world.nowMs);
await inbox.put('event-done', '{"id":"event-done"}', world.nowMs - 1);
const [taken] = await inbox.take(1, world.nowMs, 30_000);
await inbox.done(taken?.id ?? 0, world.nowMs);
await inbox.close();
write('history.sql', dumped(path));
rmSync(work, { recursive: true });
write('world.json', `${JSON.stringify(world, null, 1)}\n`);

if (typeof engine === 'string') throw new Error(engine);
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const config = { endpoint: engine.endpoint, region: 'eu-central-1', credentials };
const client = new DynamoDBClient(config);
await client.send(new CreateTableCommand({ TableName: 'golden', ...tableDefinition }));
await leave(new DynamoHistory('golden', config));
const { Items = [] } = await client.send(new ScanCommand({ TableName: 'golden' }));
const bytes = (_: string, value: unknown) =>
  value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value;
write('items.json', `[\n${Items.map((one) => JSON.stringify(one, bytes)).join(',\n')}\n]\n`);
await engine.stop();
process.exit(0);

/** The file as SQL text: tables first, then rows, then indexes. */
function dumped(file: string): string {
  const db = new DatabaseSync(file, { readOnly: true });
  const version = db.prepare('pragma user_version').get()?.user_version;
  const objects = db
    .prepare(`select type, name, sql from sqlite_master where sql is not null and name not like 'sqlite_%'`)
    .all() as { type: string; name: string; sql: string }[];
  const tables = objects.filter((one) => one.type === 'table');
  const rows = tables.flatMap(({ name }) =>
    db
      .prepare(`select * from ${name}`)
      .all()
      .map(
        (row) =>
          `insert into ${name} (${Object.keys(row).join(', ')}) values (${Object.values(row).map(literal).join(', ')});`,
      ),
  );
  const others = objects.filter((one) => one.type !== 'table').map((one) => `${one.sql};`);
  db.close();
  return [
    `pragma user_version = ${version};`,
    ...tables.map((one) => `${one.sql};`),
    ...rows,
    ...others,
    '',
  ].join('\n');
}

function literal(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'number' ? String(value) : `'${String(value).replaceAll("'", "''")}'`;
}
