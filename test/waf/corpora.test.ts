import { describe, expect, test } from 'vitest';
import { isExploit } from '../../lib/waf/detectors/exploit.ts';
import { isInjection } from '../../lib/waf/detectors/injection.ts';
import { RequestReader } from '../../lib/waf/formats/formats.ts';
import type { Request } from '../../lib/waf/request.ts';
import { splitTarget } from '../../lib/waf/request.ts';
import { corpora, corpus } from '../corpora.ts';
import { guessers } from '../ssh/run-ssh.ts';
import { runWaf } from './run-waf.ts';

interface Scenario {
  dir: string;
  logs: { [name: string]: string[] };
  offender_sources: string[];
}

interface Probe {
  rule_id: number;
  input: { method?: string; uri?: string; headers?: { [name: string]: string }; data?: string };
  expect_ids: number[] | null;
}

describe.skipIf(corpora === null)('real logs that others judged', () => {
  const scenarios = corpus('crowdsec_scenarios.jsonl') as unknown as Scenario[];
  const linesOf = (dir: string) => {
    const found = scenarios.find((one) => one.dir === `.tests/${dir}`);
    return {
      lines: Object.values(found?.logs ?? {}).flat(),
      offenders: [...new Set(found?.offender_sources)].sort(),
    };
  };

  test.each([
    'apache2-http-sensitive-files',
    'aws-alb-http-bad-user-agent',
    'http-admin-interface-probing',
    'http-dos-random-uri',
    'nginx-cve-2021-41773',
  ])('web: %s', async (dir) => {
    const { lines, offenders } = linesOf(dir);

    const run = await runWaf(lines);

    expect(run.lines.map((line) => line.client).sort()).toEqual(offenders);
  });

  test('ssh: a slow guesser is found', () => {
    expect(guessers(linesOf('ssh-slow-bf').lines).map((one) => one.client)).toEqual(
      linesOf('ssh-slow-bf').offenders,
    );
  });

  test.each(['sshd-logs-fp', 'sshd-impossible-travel'])('ssh: nobody fails in %s', (dir) => {
    expect(guessers(linesOf(dir).lines)).toEqual([]);
  });

  test('76 real lines of a WAF are all read, and nobody offends', async () => {
    const lines = corpus('aws_waf_log_wsa.jsonl').map((record) => JSON.stringify(record));
    const parsed: unknown[] = [];
    const reader = new RequestReader((one) => parsed.push(one));
    for (const line of lines) reader.read(line);

    expect(parsed).toHaveLength(76);
    expect(parsed.filter((one) => one === null || one === 'ignored')).toEqual([]);
    const run = await runWaf(lines.map((line, index) => line.replace('X.X.X.X', `203.0.113.${index % 9}`)));
    expect(run).toMatchObject({ status: 0, lines: [] });
  });

  test.each([
    'panther_format_samples.jsonl',
    'ocsf_aws_raw_samples.jsonl',
  ])('WAF records of %s are read', (name) => {
    const records = corpus(name)
      .map((one) => (one.event ?? one.body) as { [field: string]: unknown })
      .filter((one) => typeof one === 'object' && 'webaclId' in one);
    const parsed: unknown[] = [];
    const reader = new RequestReader((one) => parsed.push(one));
    for (const record of records) reader.read(JSON.stringify(record));

    expect(records.length).toBeGreaterThan(0);
    expect(parsed.filter((one) => one === null)).toEqual([]);
  });

  test('requests with a payload in the URL or the agent: a third of the fragments is seen, and nothing ordinary', () => {
    const probes = (corpus('coreruleset_requests.jsonl') as unknown as Probe[])
      .filter(({ input }) => (input.data ?? '') === '' && (input.uri ?? '').includes('?'))
      .map(({ input, expect_ids }) => ({
        request: {
          ...emptyRequest,
          ...splitTarget(input.uri ?? ''),
          userAgent: input.headers?.['User-Agent'] ?? '',
        },
        isAttack: (expect_ids ?? []).length > 0,
      }));
    // The fragments are made for a firewall that reads every byte; a log loop must first of all accuse nobody.
    const seen = (one: Request) => isInjection(one) || isExploit(one);
    const attacks = probes.filter((one) => one.isAttack);
    const others = probes.filter((one) => !one.isAttack);

    const found = attacks.filter((one) => seen(one.request)).length;
    const wrong = others.filter((one) => seen(one.request)).length;

    console.info(`injection: ${found} of ${attacks.length} attacks, ${wrong} of ${others.length} others`);
    expect(found / attacks.length).toBeGreaterThan(0.3);
    expect(wrong).toBe(0);
  });
});

const emptyRequest: Request = {
  timeMs: 0,
  sender: '',
  forwardedFor: '',
  method: 'GET',
  path: '/',
  query: '',
  status: 0,
  userAgent: null,
  user: '',
  verdict: null,
  country: '',
  tls: '',
};
