import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../lib/errors.ts';
import type { Resource } from '../../lib/model.ts';
import { batched } from '../../lib/providers/batched.ts';
import { MemoryProvider } from '../../lib/providers/memory.ts';
import { firewall, group, rule } from '../loop/harness.ts';

function counting() {
  const cloud = new MemoryProvider();
  const sizes: number[] = [];
  const read = cloud.read.bind(cloud);
  cloud.read = async (resources: readonly Resource[]) => {
    sizes.push(resources.length);
    await new Promise((resolve) => setTimeout(resolve, 5));
    return read(resources);
  };
  return { cloud, sizes };
}

describe('reads that wait together', () => {
  it('go out as one, at most 200 at a time', async () => {
    const { cloud, sizes } = counting();
    const provider = batched(cloud);
    const ids = Array.from({ length: 450 }, (_, n) => ({ ...group, id: `sg-${n}` }));
    for (const resource of ids) cloud.put(resource, firewall([rule(`r-${resource.id}`)]));

    const readings = await Promise.all(ids.map((resource) => provider.read([resource])));

    expect(sizes).toEqual([200, 200, 50]);
    expect(readings.map(([one]) => one?.status)).toEqual(ids.map(() => 'found'));
    expect(readings[321]?.[0]).toMatchObject({ state: { rules: [{ id: 'r-sg-321' }] } });
  });

  it('start after they were asked for: a change made before the question is in the answer', async () => {
    const { cloud } = counting();
    const provider = batched(cloud);
    cloud.put(group, firewall([rule('a')]));
    const first = provider.read([group]);
    await new Promise((resolve) => setTimeout(resolve, 2));
    cloud.put(group, firewall([]));

    const second = provider.read([group]);

    await first;
    expect(await second).toMatchObject([{ state: { rules: [] } }]);
  });

  it('fail together, and the next read is tried again', async () => {
    const { cloud } = counting();
    const provider = batched(cloud);
    cloud.put(group, firewall([]));
    const read = cloud.read;
    cloud.read = async () => {
      throw new RetryableError('throttled');
    };
    await expect(Promise.all([provider.read([group]), provider.read([group])])).rejects.toThrow('throttled');
    cloud.read = read;
    expect(await provider.read([group])).toMatchObject([{ status: 'found' }]);
  });
});
