import { createHash } from 'node:crypto';
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import type { Filter } from './selective.ts';

/** The one table, its keys and its indexes. */

/** Per index: the attribute that is its hash key, named as the index is. Range key of all: `openedSk`. */
export const indexOf = {
  time: 'byTime',
  resourceKey: 'byResource',
  actor: 'byActor',
  open: 'byOpen',
  outcome: 'byOutcome',
  control: 'byControl',
  account: 'byAccount',
  provider: 'byProvider',
  severity: 'bySeverity',
} as const satisfies { [name in Filter | 'time']: string };

const indexes = Object.values(indexOf);

/** As CreateTable and CloudFormation's AWS::DynamoDB::Table want it. */
export const tableDefinition = {
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: ['pk', 'sk', 'openedSk', ...indexes].map((name) => ({
    AttributeName: name,
    AttributeType: 'S',
  })),
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  // Only cases have these attributes, and only what filters compare is projected: the case itself is read
  // consistently from the table. A table's indexes project at most 100 attributes together.
  GlobalSecondaryIndexes: indexes.map((name) => ({
    IndexName: name,
    KeySchema: [
      { AttributeName: name, KeyType: 'HASH' },
      { AttributeName: 'openedSk', KeyType: 'RANGE' },
    ],
    Projection: {
      ProjectionType: 'INCLUDE',
      NonKeyAttributes: [...indexes.filter((other) => other !== name), 'words'],
    },
  })),
} satisfies Omit<CreateTableCommandInput, 'TableName'>;

/** Seconds since 1970: leases and reservations that are over. */
export const ttlAttribute = 'expiresAt';

/** What a role needs on the table and its indexes; transactions are authorised as the writes they hold. */
export const calls = [
  'dynamodb:BatchGetItem',
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
] as const;

const longestPartBytes = 450;

/**
 * A name as a part of a key: never empty, without the separator, and short enough for a sort key of 1024
 * bytes: of a long name the hash stands for the rest.
 */
export function part(name: string): string {
  const text = name.toWellFormed().replace(/[%#]/g, (sign) => (sign === '%' ? '%25' : '%23'));
  if (Buffer.byteLength(text) <= longestPartBytes) return `=${text}`;
  return `~${createHash('sha256').update(text).digest('hex')}`;
}

/** Sorts as the number does. */
export const padded = (count: number): string => String(Math.trunc(count)).padStart(16, '0');

export const caseKey = (caseId: string) => ({ pk: `case#${part(caseId)}`, sk: 'case' });
export const entryKey = (caseId: string, seq: number) => ({
  pk: `case#${part(caseId)}`,
  sk: `entry#${padded(seq)}`,
});
/** Where the cases stand that have a word with these first letters. */
export const wordPk = (start: string): string => `word#${part(start)}`;
export const resourcePk = (key: string): string => `resource#${part(key)}`;
export const openedSk = (openedMs: number, caseId: string): string => `${padded(openedMs)}#${part(caseId)}`;
