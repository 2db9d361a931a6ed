import { TerminalError } from '../errors.ts';
import type { KindName, Resource } from '../model.ts';
import type { Reading } from '../ports.ts';

/** Resources of one account, region and kind, which a cloud answers together. */
export interface ReadGroup {
  account: string;
  region: string;
  kind: KindName;
  /** Each once. */
  ids: readonly string[];
}

export interface GroupReader {
  /** How the cloud is called in an error: `AWS`. */
  cloud: string;
  read(group: ReadGroup): Promise<Map<string, Reading>>;
  /** One of our two errors for whatever a read threw: it is the answer for every resource of its group. */
  errorOf(thrown: unknown): Error;
}

/** Sorts questions by place and kind, asks each group once, and answers in the order of the questions. */
export async function readInGroups(
  resources: readonly Resource[],
  { cloud, read, errorOf }: GroupReader,
): Promise<Reading[]> {
  const groups = Map.groupBy(resources, ({ account, region, kind }) => `${account}/${region}/${kind}`);
  const answers = new Map<Resource, Reading>();
  const ask = async (group: readonly Resource[]) => {
    const { account, region, kind } = group[0] as Resource;
    const ids = [...new Set(group.map((one) => one.id))];
    try {
      const readings = await read({ account, region, kind, ids });
      for (const one of group) answers.set(one, readings.get(one.id) ?? unanswered(cloud, one));
    } catch (thrown) {
      const error = errorOf(thrown);
      for (const one of group) answers.set(one, { status: 'error', error });
    }
  };
  await Promise.all([...groups.values()].map(ask));
  return resources.map((one) => answers.get(one) ?? unanswered(cloud, one));
}

function unanswered(cloud: string, { kind, id }: Resource): Reading {
  return { status: 'error', error: new TerminalError(`${cloud} did not answer for ${kind} ${id}`) };
}
