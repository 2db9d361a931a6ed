import type { IncomingHttpHeaders } from 'node:http';

/** One request to an engine, recognised by its protocol: what is asked, of whom, by whom. */

export const dialects = ['ec2', 'query', 'json', 's3', 'rest-json', 'neutron', 'exoscale', 'slack'] as const;
export type Dialect = (typeof dialects)[number];

export interface Call {
  dialect: Dialect;
  /** The service of the signature (`ec2`, `s3`), or the dialect where nothing is signed for AWS. */
  service: string;
  region: string | null;
  /** `RevokeSecurityGroupIngress`; where the protocol has no names: `DELETE /security-group/{id}`. */
  operation: string;
  isRead: boolean;
  /** Whose key signed it; null where none did. */
  key: string | null;
  method: string;
  url: URL;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

interface Request {
  method: string;
  url: URL;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
const scope = /Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/;
const reading = /^(Describe|Get|List|Head|BatchGet|Query|Scan|Search|Lookup|Simulate|Select|Assume|Receive)/;

export function callOf(request: Request): Call {
  const { headers } = request;
  const signed = scope.exec(headers.authorization ?? '');
  if (signed === null) return unsigned(request);
  const [, key = '', region = '', service = ''] = signed;
  const { dialect, operation } = ofAws(request, service);
  return { ...request, dialect, service, region, operation, isRead: reading.test(operation), key };
}

function ofAws({ method, url, headers, body }: Request, service: string) {
  const target = headers['x-amz-target'];
  if (typeof target === 'string')
    return { dialect: 'json' as const, operation: target.slice(target.lastIndexOf('.') + 1) };
  const action = /(?:^|&)Action=(\w+)/.exec(body.toString('latin1', 0, 4096))?.[1];
  if (action !== undefined)
    return { dialect: service === 'ec2' ? ('ec2' as const) : ('query' as const), operation: action };
  if (service === 's3') return { dialect: 's3' as const, operation: ofS3(method, url, headers) };
  return { dialect: 'rest-json' as const, operation: ofPath(method, url) };
}

const verbs: { [method: string]: string } = { GET: 'Get', HEAD: 'Head', PUT: 'Put', DELETE: 'Delete' };

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html, in the words of the audit log. */
function ofS3(method: string, url: URL, headers: IncomingHttpHeaders): string {
  const verb = verbs[method] ?? 'Post';
  if (headers['x-amz-account-id'] !== undefined)
    return /publicAccessBlock/.test(url.pathname) ? `${verb}AccountPublicAccessBlock` : ofPath(method, url);
  const [, bucket = '', ...key] = url.pathname.split('/');
  const [sub] = [...url.searchParams.keys()].filter((name) => !/^(x-id|list-type|max-|prefix)/.test(name));
  if (bucket === '') return 'ListBuckets';
  const on = key.join('') === '' ? 'Bucket' : 'Object';
  if (sub === undefined) return method === 'GET' && on === 'Bucket' ? 'ListObjects' : `${verb}${on}`;
  return `${verb}${on}${sub.charAt(0).toUpperCase()}${sub.slice(1)}`;
}

function unsigned(request: Request): Call {
  const { method, url, headers } = request;
  const { dialect, key } = senderOf(headers, url);
  const isSlack = dialect === 'slack';
  const operation = isSlack ? url.pathname.slice('/api/'.length) : ofPath(method, url);
  const isRead = isSlack ? /\.(list|info|history|test|lookupByEmail)$/.test(operation) : method === 'GET';
  return { ...request, dialect, service: dialect, region: null, operation, isRead, key };
}

function senderOf(headers: IncomingHttpHeaders, url: URL): { dialect: Dialect; key: string | null } {
  const exoscale = /^EXO2-HMAC-SHA256 credential=([^,]+)/.exec(headers.authorization ?? '');
  if (exoscale) return { dialect: 'exoscale', key: exoscale[1] ?? null };
  if (url.pathname.startsWith('/api/')) return { dialect: 'slack', key: null };
  const token = headers['x-auth-token'];
  return { dialect: 'neutron', key: typeof token === 'string' ? token : null };
}

/** What differs from run to run (ids) is no part of the name. */
function ofPath(method: string, url: URL): string {
  const path = url.pathname
    .split('/')
    .map((part) => (/^[0-9a-f-]{8,}$|:|%3A/i.test(part) ? '{id}' : part))
    .join('/');
  const verb = method === 'GET' || method === 'HEAD' ? 'Get' : method;
  return `${verb} ${path}`;
}
