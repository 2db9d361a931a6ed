import { DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AwsProvider } from '../../../lib/providers/aws/aws.ts';
import { ec2Of } from '../../../lib/providers/aws/ec2.ts';
import { Pages } from '../../../lib/providers/aws/endless-list.ts';
import { motoAccount, motoCredentials } from '../../../lib/sandbox/moto.ts';
import { useMoto } from '../../engines/moto.ts';
import { type FaultProxy, startProxy } from '../../faults/proxy.ts';
import { region } from './cloud.ts';

/** A list that names itself as its next page, and an answer that never comes. */

const moto = useMoto();
const place = { account: motoAccount, region };
let proxy: FaultProxy;

beforeAll(async () => {
  proxy = await startProxy({ target: moto().endpoint });
});
afterAll(() => proxy.stop());

const provider = () =>
  new AwsProvider({
    accounts: [{ account: motoAccount }],
    version: 'test',
    endpoint: proxy.endpoint,
    credentials: motoCredentials,
  });

test('a list that never ends is no answer, and is not read for ever', async () => {
  proxy.set({ weather: { 'endless-page': 1 } });
  const pages = async () => {
    for await (const page of provider().list(motoAccount, region, 'firewall')) expect(page).toBeDefined();
  };

  await expect(pages()).rejects.toThrow('the list does not end');
  expect(proxy.calls()).toBeLessThan(20);
});

test('every client gives up on a connection and an answer in the end', async () => {
  const { client } = await ec2Of(provider().clients, place);
  proxy.set({});
  await client.send(new DescribeSecurityGroupsCommand({}));

  const { requestHandler } = client.config;
  const waits: unknown = Reflect.apply(Reflect.get(requestHandler, 'httpHandlerConfigs'), requestHandler, []);

  // Five tries end within a lease of two minutes.
  expect(waits).toMatchObject({
    requestTimeout: 15_000,
    connectionTimeout: 5_000,
    throwOnRequestTimeout: true,
  });
});

describe('the last page', () => {
  test.each([
    ['of a list', 'ListUsersCommand', { Marker: 'a' }, { IsTruncated: false }, false],
    ['of a list whose next is another', 'ListUsersCommand', { Marker: 'a' }, { Marker: 'b' }, false],
    ['of what repeats the question', 'DescribeFileSystemsCommand', { Marker: 'a' }, { Marker: 'a' }, false],
    ['is never its own next', 'ListUsersCommand', { Marker: 'a' }, { Marker: 'a' }, true],
    [
      'is never its own next by another name',
      'ListFunctionsCommand',
      { Marker: 'a' },
      { NextMarker: 'a' },
      true,
    ],
  ])('%s', (_, command, asked, answer, expected) => {
    expect(new Pages().leadBack(command, asked, answer)).toBe(expected);
  });
});

describe('pages that', () => {
  /** Reads pages by their tokens, and says at which of them it was stopped. */
  function stoppedAt(
    pages: Pages,
    tokens: readonly string[],
    asked: { [name: string]: unknown } = {},
  ): number {
    return tokens.findIndex((next, at) => {
      const token = at === 0 ? {} : { NextToken: tokens[at - 1] };
      return pages.leadBack('DescribeSecurityGroupsCommand', { ...asked, ...token }, { NextToken: next });
    });
  }

  test('lead back over another one are told as well', () => {
    expect(stoppedAt(new Pages(), ['a', 'b', 'a', 'b'])).toBe(2);
    expect(stoppedAt(new Pages(), ['x', 'a', 'b', 'c', 'd', 'a'])).toBe(5);
  });

  test('lead back in a list of markers are told as well', () => {
    const pages = new Pages();
    const answers = ['a', 'b', 'a'].map((Marker, at, all) =>
      pages.leadBack('ListUsersCommand', at === 0 ? {} : { Marker: all[at - 1] }, { Marker }),
    );
    expect(answers).toEqual([false, false, true]);
  });

  test('are read twice at once, or again later, are two lists and no circle', () => {
    const pages = new Pages();
    expect(stoppedAt(pages, ['a', 'b', 'c'])).toBe(-1);
    expect(stoppedAt(pages, ['a', 'b', 'c', ''])).toBe(-1);
    expect(stoppedAt(pages, ['a', 'b', 'c', ''])).toBe(-1);
  });

  test('belong to another question have nothing to do with these', () => {
    const pages = new Pages();
    expect(stoppedAt(pages, ['a', 'b'], { GroupIds: ['sg-1'] })).toBe(-1);
    expect(stoppedAt(pages, ['b', 'a'], { GroupIds: ['sg-2'] })).toBe(-1);
  });

  test('never ran in a circle are followed for as long as there are some', () => {
    const tokens = Array.from({ length: 12_000 }, (_, at) => `page-${at}`);
    expect(stoppedAt(new Pages(), tokens)).toBe(-1);
  });
});
