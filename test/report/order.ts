import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/**
 * What takes long begins first, or a build would end with one worker at it. The OpenStack services come second: on a
 * fresh machine they are still being installed when the first tests run.
 */
const first =
  /test\/(scan\/(command|truth|hostile)|deploy\/|serve\/|console\/browser|simulate\/|loop\/crash-controls|e2e\/|history\/dynamodb|upgrades\/|faults\/)/;
const second = /openstack|serve\/bus/;

const rankOf = ({ moduleId }: TestSpecification): number => {
  if (second.test(moduleId)) return 1;
  return first.test(moduleId) ? 0 : 2;
};

export default class Order extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const usual = await super.sort(files);
    return usual.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}
