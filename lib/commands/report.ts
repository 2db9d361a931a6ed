import { writeFile } from 'node:fs/promises';
import { Reporting } from '../report.ts';
import { reportMarkdown, reportPage } from '../report-pages.ts';
import { clock } from '../wire-clock.ts';
import { readPolicy } from '../wire-policy.ts';
import { openHistory } from '../wire-state.ts';
import { pastTime } from './past-time.ts';
import { printJson, say } from './print.ts';

interface Options {
  since: string;
  html?: string;
  json: boolean;
  policy?: string;
}

/** `snapshut report`: the page that goes out once a month. */
export async function report(options: Options): Promise<number> {
  const now = clock(undefined)();
  const since = new Date(pastTime('--since', options.since, now));
  const policy = await readPolicy(options.policy, now);
  const history = openHistory(true);
  try {
    const reporting = new Reporting();
    let cursor: string | null = null;
    do {
      const more: { cursor?: string } = cursor === null ? {} : { cursor };
      const page = await history.find({ since: since.toISOString(), limit: 500, ...more });
      for (const one of page.cases) reporting.take(one);
      cursor = page.cursor;
    } while (cursor !== null);
    const written = policy.exemptions.map(({ resource: resourceKey, control, until, reason, by }) => {
      return { resourceKey, control, until, reason, by: by ?? 'the policy file', covers: null };
    });
    const made = reporting.report(since, now, [...(await history.allExemptions()), ...written]);
    if (options.html !== undefined) await writeFile(options.html, reportPage(made));
    if (options.json) printJson(made);
    else if (options.html === undefined) say(reportMarkdown(made));
    return 0;
  } finally {
    await history.close();
  }
}
