import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { grantsEverything } from '../../lib/iam/admin.ts';
import { limitsOf } from '../../lib/iam/limits.ts';
import type { Trust } from '../../lib/iam/reach.ts';
import { statementsOf } from '../../lib/iam/statement.ts';
import { whoCan } from '../../lib/iam/who.ts';
import type { Json } from '../../lib/model.ts';

/** Worked examples of other tools, each judged by the question that its own test asks. */
interface Row {
  question: string;
  test: string;
  trust?: { [name: string]: Json };
  policy: Json;
  expected: boolean;
}

const folder = process.env.SNAPSHUT_CORPORA ?? '../shared/corpora';
const file = `${folder}/policy_public_examples.jsonl`;
const rows: Row[] = existsSync(file)
  ? readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Row)
  : [];

const list = (value: Json | undefined): string[] => (Array.isArray(value) ? value.map(String) : []);

function trustOf({ trust = {} }: Row, services: Trust['services'] = 'trusted'): Trust {
  const args = list(trust.args);
  const accounts = [
    ...list(trust.allowed_accounts),
    ...list((trust.kwargs as { [n: string]: Json })?.trusted_account_ids),
  ];
  return {
    account: args[0] ?? accounts[0] ?? '123456789012',
    trustedAccounts: accounts,
    trustedOrganizations: list(trust.allowed_orgid),
    trusted: [],
    services,
  };
}

const open = (limit: { reach: string; outsiders: string[] }) =>
  limit.reach !== 'limited' || limit.outsiders.length > 0;

/** Whether a condition block keeps everybody but our own out. */
function restricts(row: Row): boolean {
  const statement = { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*', Condition: row.policy };
  const [read] = statementsOf({ Statement: [statement] });
  if (!read || 'unreadable' in read) return false;
  return limitsOf(read.conditions, trustOf(row)).some((limit) => !open(limit));
}

const asStatement = (policy: Json) => {
  const given = policy as { [name: string]: Json };
  return { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*', ...given }] };
};

const questions: { [question: string]: (row: Row) => boolean } = {
  is_condition_block_restrictive: restricts,
  is_condition_block_restrictive_organization: restricts,
  is_condition_restricting_from_private_ip: restricts,
  is_condition_restricting_to_trusted_ips: restricts,
  has_restrictive_source_arn_condition: (row) =>
    whoCan(asStatement(row.policy), trustOf(row)).answer === 'not public',
  has_public_principal: (row) => whoCan(asStatement(row.policy), trustOf(row)).answer === 'public',
  is_public: (row) => whoCan(row.policy, trustOf(row)).answer === 'public',
  is_policy_public: (row) => {
    const { answer, statements } = whoCan(row.policy, trustOf(row));
    const strangers = (row.trust?.kwargs as { [n: string]: Json })?.is_cross_account_allowed === false;
    return answer === 'public' || (strangers && statements.some((one) => one.outsiders.length > 0));
  },
  cross_account_violation: (row) => {
    const { answer, statements } = whoCan(row.policy, trustOf(row));
    return answer !== 'not public' || statements.some((one) => one.outsiders.length > 0);
  },
  check_admin_access: (row) => grantsEverything(row.policy, '*'),
  check_full_service_access: (row) =>
    grantsEverything((row.trust?.args as Json[] | undefined)?.[0] ?? null, `${row.policy}:*`),
  'checkov:KMSKeyWildCardPrincipal fails (CloudFormation properties)': (row) =>
    whoCan((row.policy as { KeyPolicy: Json }).KeyPolicy, trustOf(row)).answer === 'public',
};

/** Where we answer otherwise on purpose. The number is the row's. */
const otherwise: { [row: number]: string } = {
  3: 'which networks are ours is not declared to us; a named VPC is not the public',
  7: 'asks for a list of what is allowed, also where nothing is wrong',
  17: 'the resource is always in its own account: that restricts nobody, and a person is asked',
  18: 'as 17',
  19: 'as 17',
  21: 'as 17',
  28: 'as 17',
};

describe.skipIf(rows.length === 0)('worked examples of the policy question', () => {
  const judged = rows.flatMap((row, index) =>
    (questions[row.question] && typeof row.policy !== 'string') ||
    row.question === 'check_full_service_access'
      ? [{ row, index }]
      : [],
  );

  test.each(judged)('$index $row.question: $row.test', ({ row, index }) => {
    const answer = questions[row.question]?.(row);

    if (index in otherwise) expect(answer).not.toBe(row.expected);
    else expect(answer).toBe(row.expected);
  });

  test('the score', () => {
    const right = judged.filter(({ row }) => questions[row.question]?.(row) === row.expected).length;
    console.log(
      `policy_public_examples: ${right} of ${judged.length} policy rows as expected, ${rows.length} rows in all`,
    );

    expect(right).toBeGreaterThanOrEqual(judged.length - Object.keys(otherwise).length);
  });
});
