import { expect, test } from 'vitest';
import { messageOf } from '../../../lib/errors.ts';
import { motoAccount } from '../../../lib/sandbox/moto.ts';
import { useMoto } from '../../engines/moto.ts';
import { awsOn, region } from './cloud.ts';

const moto = useMoto();

test('every kind can be listed, in a region and where there is none', async () => {
  const provider = awsOn(moto());
  const failures: string[] = [];
  for (const kind of provider.kinds) {
    for (const place of [region, 'global']) {
      try {
        for await (const _ of provider.list(motoAccount, place, kind));
      } catch (error) {
        failures.push(`${kind} in ${place}: ${messageOf(error)}`);
      }
    }
  }

  expect(failures).toEqual([]);
});
