import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenStack, startOpenStack } from './openstack.ts';

let cloud: OpenStack | string;
beforeAll(async () => {
  cloud = await startOpenStack(['neutron', 'nova', 'glance', 'swift']);
}, 600_000);
afterAll(async () => {
  if (typeof cloud !== 'string') await cloud?.stop();
});

test('the official client signs in to the real services and sees the default group', async ({ skip }) => {
  if (typeof cloud === 'string') return skip(cloud);

  const groups = JSON.parse(await cloud.cli('demo', 'security', 'group', 'list', '-f', 'json'));
  await cloud.cli('demo', 'keypair', 'create', 'k1');
  const keys = JSON.parse(await cloud.cli('demo', 'keypair', 'list', '-f', 'json'));
  await cloud.cli('demo', 'container', 'create', 'c1');
  const containers = JSON.parse(await cloud.cli('demo', 'container', 'list', '-f', 'json'));
  const images = JSON.parse(await cloud.cli('demo', 'image', 'list', '-f', 'json'));

  expect(groups.map((one: { Name: string }) => one.Name)).toEqual(['default']);
  expect(keys.map((one: { Name: string }) => one.Name)).toEqual(['k1']);
  expect(containers.map((one: { Name: string }) => one.Name)).toEqual(['c1']);
  expect(images).toEqual([]);
}, 120_000);
