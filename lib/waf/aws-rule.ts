import type { RateBasedStatementCustomKey, Statement } from '@aws-sdk/client-wafv2';
import { isJa4, type RateKey } from './rate.ts';
import type { WafRule } from './rules.ts';
import type { Traits } from './traffic.ts';

/** A rule as AWS WAF states it. Rate-based, the conditions say which requests are counted at all. */
export function awsStatement({ conditions, rate }: Pick<WafRule, 'conditions' | 'rate'>): Statement {
  const statement = matchStatement(conditions);
  if (!rate) return statement;
  return {
    RateBasedStatement: {
      Limit: rate.limit,
      EvaluationWindowSec: rate.windowSeconds,
      AggregateKeyType: 'CUSTOM_KEYS',
      CustomKeys: rate.keys.map(customKey),
      ScopeDownStatement: statement,
    },
  };
}

/** https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatementCustomKey.html */
function customKey(key: RateKey): RateBasedStatementCustomKey {
  switch (key) {
    case 'ja4':
      return { JA4Fingerprint: { FallbackBehavior: 'NO_MATCH' } };
    case 'ja3':
      return { JA3Fingerprint: { FallbackBehavior: 'NO_MATCH' } };
    case 'userAgent':
      return { Header: { Name: 'user-agent', TextTransformations: [{ Priority: 0, Type: 'NONE' }] } };
    case 'method':
      return { HTTPMethod: {} };
    case 'path':
      return { UriPath: { TextTransformations: plainText } };
  }
}

/** Paths are counted as they are compared: decoded and in small letters. */
const plainText = [
  { Priority: 0, Type: 'URL_DECODE' as const },
  { Priority: 1, Type: 'LOWERCASE' as const },
];

/**
 * The conditions of a rule as AWS WAF states them. A path's shape becomes a regular expression; everything is
 * compared whole, so that a rule hits no more than what was measured.
 * https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-match.html
 */
function matchStatement(conditions: Partial<Traits>): Statement {
  const statements: Statement[] = [];
  const { tls, userAgent, shape, country, method } = conditions;
  if (tls !== undefined) {
    const FieldToMatch = isJa4(tls)
      ? { JA4Fingerprint: { FallbackBehavior: 'NO_MATCH' as const } }
      : { JA3Fingerprint: { FallbackBehavior: 'NO_MATCH' as const } };
    statements.push(exactly(tls, FieldToMatch));
  }
  if (userAgent !== undefined) statements.push(exactly(userAgent, { SingleHeader: { Name: 'user-agent' } }));
  if (method !== undefined) statements.push(exactly(method, { Method: {} }));
  if (country !== undefined) statements.push({ GeoMatchStatement: { CountryCodes: [country as 'FI'] } });
  if (shape !== undefined) {
    statements.push({
      RegexMatchStatement: {
        RegexString: shapeRegex(shape),
        FieldToMatch: { UriPath: {} },
        TextTransformations: plainText,
      },
    });
  }
  const [only] = statements;
  if (!only) throw new Error('a rule without conditions would hit everybody');
  return statements.length === 1 ? only : { AndStatement: { Statements: statements } };
}

function exactly(
  text: string,
  FieldToMatch: NonNullable<NonNullable<Statement['ByteMatchStatement']>['FieldToMatch']>,
): Statement {
  return {
    ByteMatchStatement: {
      SearchString: Buffer.from(text, 'latin1'),
      FieldToMatch,
      PositionalConstraint: 'EXACTLY',
      TextTransformations: [{ Priority: 0, Type: 'NONE' }],
    },
  };
}

/** `#` stands for a number or a long hexadecimal id; a shape that was cut goes on in any way. */
function shapeRegex(shape: string): string {
  const isCut = shape.endsWith('…');
  const parts = (isCut ? shape.slice(0, -1) : shape).split('#');
  const literal = parts
    .map((part) => part.replace(/[.+*?^${}()|[\]\\]/g, '\\$&'))
    .join('(?:[0-9a-f]{8,}|[0-9]+)');
  return isCut ? `^${literal}` : `^${literal}/?$`;
}
