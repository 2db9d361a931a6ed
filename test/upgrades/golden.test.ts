import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  type AttributeValue,
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, describe, expect, it } from 'vitest';
import { approve } from '../../lib/answer.ts';
import { verify } from '../../lib/history/chain.ts';
import { DynamoHistory } from '../../lib/history/dynamodb.ts';
import { tableDefinition } from '../../lib/history/dynamodb-table.ts';
import { SqliteInbox } from '../../lib/history/inbox.ts';
import { SqliteHistory } from '../../lib/history/sqlite.ts';
import { type State, stateFingerprint } from '../../lib/kinds.ts';
import { type Resource, resourceKey } from '../../lib/model.ts';
import type { History, Reading } from '../../lib/ports.ts';
import { reconcile } from '../../lib/reconcile.ts';
import { undo } from '../../lib/undo.ts';
import { frozenBy } from '../../lib/wire-state.ts';
import { engine } from '../history/dynamodb-engine.ts';
import { group, makeWorld, opened, type World } from '../loop/harness.ts';

/** What an earlier version left behind in the middle of its work (see write-golden.ts) is taken over by this one. */

interface Left {
  nowMs: number;
  cloud: { resource: Resource; reading: Reading }[];
}

const golden = join(import.meta.dirname, 'golden');
const versions = readdirSync(golden);
const read = (version: string, name: string) => readFileSync(join(golden, version, name), 'utf8');

const work = mkdtempSync(join(tmpdir(), 'snapshut-upgrade-'));
const config = {
  endpoint: typeof engine === 'string' ? '' : engine.endpoint,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
};
const client = new DynamoDBClient(config);
afterAll(async () => {
  rmSync(work, { recursive: true });
  client.destroy();
  if (typeof engine !== 'string') await engine.stop();
});

let files = 0;
function sqliteFile(version: string): string {
  const path = join(work, `${files++}.db`);
  const db = new DatabaseSync(path);
  db.exec(read(version, 'history.sql'));
  db.close();
  return path;
}

async function dynamoTable(version: string): Promise<History> {
  const TableName = `golden-${files++}`;
  await client.send(new CreateTableCommand({ TableName, ...tableDefinition }));
  const bytes = (_: string, value: { base64?: string } | null) =>
    typeof value?.base64 === 'string' ? Buffer.from(value.base64, 'base64') : value;
  const items: { [name: string]: AttributeValue }[] = JSON.parse(read(version, 'items.json'), bytes);
  for (const Item of items) await client.send(new PutItemCommand({ TableName, Item }));
  return new DynamoHistory(TableName, config);
}

const stores: { name: string; open(version: string): Promise<History> }[] = [
  { name: 'SQLite', open: async (version) => SqliteHistory.open(sqliteFile(version)) },
  ...(typeof engine === 'string' ? [] : [{ name: 'DynamoDB', open: dynamoTable }]),
];
if (typeof engine === 'string') it.skip(`DynamoDB: no engine could be started (${engine})`, () => {});

async function takeOver(version: string, open: (version: string) => Promise<History>): Promise<World> {
  const { nowMs, cloud }: Left = JSON.parse(read(version, 'world.json'));
  const world = makeWorld({ history: await open(version) });
  world.clock.nowMs = nowMs + 60_000;
  for (const { resource, reading } of cloud)
    if (reading.status === 'found') world.cloud.put(resource, reading.state);
  return world;
}

const named = (id: string): Resource => ({ ...group, id });

async function only(world: World, id: string) {
  const { cases } = await world.history.find({ resourceKey: resourceKey(named(id)), limit: 9 });
  expect(cases).toHaveLength(1);
  const [one] = cases;
  if (!one) throw new Error(`no case of ${id}`);
  return one;
}

async function stateOf(world: World, id: string): Promise<State> {
  const [reading] = await world.cloud.read([named(id)]);
  if (reading?.status !== 'found') throw new Error(`${id} is not there`);
  return reading.state;
}

const isOpen = (state: State) =>
  state.kind === 'firewall' && state.rules.some((one) => one.fromPort === 22 || one.protocol === 'all');

const again = (world: World, id: string) =>
  reconcile(named(id), { ...opened, eventId: `later ${id}` }, world.loop);
const bob = (caseId: string) => ({ caseId, by: 'bob', exemptMs: 86_400_000 });

describe.each(stores)('what version $name holds', ({ open }) => {
  describe.each(versions)('was left by version %s', (version) => {
    it('every case is found, with a history that nobody changed', async () => {
      const { history } = await takeOver(version, open);
      const { cases } = await history.find({ limit: 99 });
      const { cloud }: Left = JSON.parse(read(version, 'world.json'));

      expect(cases.map((one) => one.resource.id).sort()).toEqual(cloud.map((one) => one.resource.id).sort());
      for (const { caseId } of cases) expect(await verify(history, caseId)).toBeNull();
      expect(await frozenBy(history)).toBe('the weekend of the big sale (bob)');
      await history.close();
    });

    it('a question is answered by the button of its old message, and only for its plan', async () => {
      const world = await takeOver(version, open);
      const { caseId, asked } = await only(world, 'sg-asked');
      const planFingerprint = asked?.planFingerprint ?? '';

      const answered = await approve({ ...bob(caseId), planFingerprint }, world.loop);

      expect(answered.outcome).toBe('fixed');
      expect(isOpen(await stateOf(world, 'sg-asked'))).toBe(false);
      await world.history.close();
    });

    it('a fix is put back exactly', async () => {
      const world = await takeOver(version, open);
      const shut = await stateOf(world, 'sg-fixed');
      const { caseId } = await only(world, 'sg-fixed');

      expect((await undo(bob(caseId), world.loop)).outcome).toBe('undone');

      const undone = await stateOf(world, 'sg-undone');
      const alike = { ...undone, name: 'sg-fixed' };
      const rules = (state: State) =>
        state.kind === 'firewall' ? state.rules.map(({ id: _, ...content }) => content) : [];
      expect(isOpen(shut)).toBe(false);
      expect(rules(await stateOf(world, 'sg-fixed'))).toEqual(rules(alike));
      await world.history.close();
    });

    it('a fix and an undo that were cut short are brought to their end, once', async () => {
      const world = await takeOver(version, open);

      const fixed = await again(world, 'sg-cut-in-fix');
      const undone = await again(world, 'sg-cut-in-undo');

      expect([fixed[0]?.outcome, undone[0]?.outcome]).toEqual(['fixed', 'undone']);
      expect(isOpen(await stateOf(world, 'sg-cut-in-fix'))).toBe(false);
      const before = stateFingerprint(await stateOf(world, 'sg-cut-in-undo'));
      expect(isOpen(await stateOf(world, 'sg-cut-in-undo'))).toBe(true);
      expect((await again(world, 'sg-cut-in-undo'))[0]?.outcome).toBe('exempt');
      expect(stateFingerprint(await stateOf(world, 'sg-cut-in-undo'))).toBe(before);
      await world.history.close();
    });

    it('what a person decided still holds', async () => {
      const world = await takeOver(version, open);

      for (const id of ['sg-denied', 'sg-undone']) {
        expect((await again(world, id))[0]?.outcome, id).toBe('exempt');
        expect(isOpen(await stateOf(world, id))).toBe(true);
      }
      await world.history.close();
    });
  });
});

describe.each(versions)('the inbox that version %s left', (version) => {
  it('hands out what waits and knows what it has done', async () => {
    const inbox = SqliteInbox.open(sqliteFile(version));
    const nowMs = Date.parse('2026-11-25T08:00:00Z');

    expect(await inbox.put('event-done', '{}', nowMs)).toBe(false);
    expect((await inbox.take(9, nowMs, 1000)).map((one) => one.body)).toEqual(['{"id":"event-waiting"}']);
    await inbox.close();
  });
});
