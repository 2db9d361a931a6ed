import { createHmac } from 'node:crypto';

/** EXO2-HMAC-SHA256: https://openapi-v2.exoscale.com/topic/topic-api-request-signature */

export interface Keys {
  key: string;
  secret: string;
}

export interface Signed {
  method: string;
  /** The path as sent, `/v2` included, without the query. */
  path: string;
  query: readonly (readonly [string, string])[];
  body: string;
  /** UNIX seconds until which the signature is good. */
  expires: number;
}

/** The Authorization header. A name that is given twice is named, but its values are left out, as Exoscale does. */
export function authorization({ key, secret }: Keys, request: Signed): string {
  const values = Map.groupBy(request.query, ([name]) => name);
  const signed = [...values.keys()].sort();
  const message = [
    `${request.method} ${request.path}`,
    request.body,
    signed.map((name) => (values.get(name)?.length === 1 ? values.get(name)?.[0]?.[1] : '')).join(''),
    // No headers are signed; the line stays.
    '',
    String(request.expires),
  ].join('\n');
  const signature = createHmac('sha256', secret).update(message).digest('base64');
  const names = signed.length > 0 ? [`signed-query-args=${signed.join(';')}`] : [];
  const parts = [`credential=${key}`, ...names, `expires=${request.expires}`, `signature=${signature}`];
  return `EXO2-HMAC-SHA256 ${parts.join(',')}`;
}
