import type { Call } from './call.ts';
import type { Answer } from './refusals.ts';

/** Pages that never end: each answer names one more. */

const prefix = 'one-more-page-';
const tokens = new RegExp(`${prefix}\\d+`);

/** Which number of an endless list this call asks for; null where it asks for none. */
export function pageAsked(call: Call): number | null {
  const found = tokens.exec(`${call.url.search} ${call.body.toString('latin1')}`)?.[0];
  return found === undefined ? null : Number(found.slice(prefix.length));
}

/** Only what is asked for in pages; a single thing has none. */
export function hasPages({ dialect, operation }: Call): boolean {
  if (dialect === 'ec2') return operation.startsWith('Describe') && !operation.endsWith('Attribute');
  if (dialect === 'query' || dialect === 'json') return /^(List|Query|Scan)/.test(operation);
  return dialect === 'slack' && operation.endsWith('.list');
}

/** The same call without the token that no engine knows. */
export function asFirstPage(call: Call): Call {
  if (call.dialect === 'json') {
    const { NextToken: _, NextMarker: __, Marker: ___, ExclusiveStartKey: ____, ...rest } = parsed(call.body);
    return { ...call, body: Buffer.from(JSON.stringify(rest)) };
  }
  const asked = new URLSearchParams(call.body.toString());
  for (const name of ['NextToken', 'Marker', 'cursor']) asked.delete(name);
  return { ...call, body: Buffer.from(asked.toString()) };
}

export function withPage(call: Call, answer: Answer, page: number): Answer {
  if (answer.status >= 300) return answer;
  const token = `${prefix}${page}`;
  const text = answer.body.toString();
  const body = Buffer.from(
    call.dialect === 'ec2' || call.dialect === 'query' ? inXml(text, call, token) : inJson(text, call, token),
  );
  const { 'content-length': _, ...headers } = answer.headers;
  return { ...answer, headers, body };
}

function inXml(text: string, { dialect, operation }: Call, token: string): string {
  if (dialect === 'ec2')
    return text
      .replace(/<nextToken>.*?<\/nextToken>|<nextToken\s*\/>/, '')
      .replace(/<\/(\w+Response)>\s*$/, `<nextToken>${token}</nextToken></$1>`);
  const bare = text.replace(/<IsTruncated>.*?<\/IsTruncated>|<(Marker|NextToken)>.*?<\/\1>/g, '');
  const more = `<IsTruncated>true</IsTruncated><Marker>${token}</Marker><NextToken>${token}</NextToken>`;
  return bare.replace(`</${operation}Result>`, `${more}</${operation}Result>`);
}

function inJson(text: string, { service, dialect }: Call, token: string): string {
  const answer = parsed(Buffer.from(text));
  if (dialect === 'slack') answer.response_metadata = { next_cursor: token };
  else if (service === 'dynamodb') answer.LastEvaluatedKey = { id: { S: token } };
  else if (service === 'kms') Object.assign(answer, { Truncated: true, NextMarker: token });
  else Object.assign(answer, { NextToken: token, NextMarker: token });
  return JSON.stringify(answer);
}

const parsed = (body: Buffer): { [name: string]: unknown } => JSON.parse(body.toString() || '{}');
