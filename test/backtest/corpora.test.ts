import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { testedFiles } from './records.ts';

/** Real records of others, which are not part of this repository. */
const beside = fileURLToPath(new URL('../../../shared/corpora', import.meta.url));
const corpora = existsSync(beside) ? beside : (process.env.SNAPSHUT_CORPORA ?? beside);

describe.skipIf(!existsSync(corpora))('audit logs of real accounts', () => {
  test('the log of an attack drill: what its records prove, and nothing else', async () => {
    const { exposures, summary } = await testedFiles([`${corpora}/cloudtrail_invictus_early.jsonl`]);

    expect(summary).toMatchObject({ records: 572, unreadable: [], unusable: 0 });
    // Buckets made private, policies for CloudTrail and roles for EC2 are none; no trail could be stopped.
    expect(exposures.map(({ control, outcome, openedBy }) => [openedBy, control, outcome])).toEqual([
      ['RunInstances', 'unprotected-metadata', 'asked'],
      ['PutEventSelectors', 'audit-trail-stopped', 'fixed'],
      ['DeleteFlowLogs', 'audit-trail-stopped', 'told'],
      ['RunInstances', 'unprotected-metadata', 'asked'],
    ]);
  });

  test('the log of a theft of objects, which opens nothing', async () => {
    const { exposures, summary } = await testedFiles([`${corpora}/cloudtrail_otrf_s3_exfil.jsonl`]);

    expect(summary).toMatchObject({ records: 103, unreadable: [], unusable: 0 });
    expect(exposures).toEqual([]);
  });
});
