import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { testedFiles } from './records.ts';

/** Real records of others, which are not part of this repository. */
const beside = fileURLToPath(new URL('../../../shared/corpora', import.meta.url));
const corpora = existsSync(beside) ? beside : (process.env.SNAPSHUT_CORPORA ?? beside);

describe.skipIf(!existsSync(corpora))('audit logs of real accounts', () => {
  test.each([
    ['cloudtrail_invictus_early.jsonl', 572],
    ['cloudtrail_otrf_s3_exfil.jsonl', 103],
  ])('%s holds no exposure that its records prove', async (name, records) => {
    const { exposures, summary } = await testedFiles([`${corpora}/${name}`]);

    console.log(name, JSON.stringify(summary));
    expect(summary).toMatchObject({ records, unreadable: [], unusable: 0 });
    // Buckets made private, policies for CloudTrail, roles for EC2; the trail could not be stopped.
    expect(exposures).toEqual([]);
  });
});
