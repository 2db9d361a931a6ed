import type { Call, Dialect } from './call.ts';

/** What a service says when it refuses, in the form of its protocol. */

export interface Answer {
  status: number;
  headers: { [name: string]: string };
  body: Buffer;
}

/** Why it refuses. */
export type Refusal = 'throttle' | 'unavailable' | 'broken' | 'denied' | 'conflict';

type Words = { [refusal in Refusal]: [status: number, code: string] };

const json: Words = {
  throttle: [400, 'ThrottlingException'],
  unavailable: [503, 'ServiceUnavailableException'],
  broken: [500, 'InternalServerError'],
  denied: [400, 'AccessDeniedException'],
  conflict: [400, 'ConflictException'],
};

/**
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 * https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
 */
const words: { [dialect in Dialect]: Words } = {
  ec2: {
    throttle: [503, 'RequestLimitExceeded'],
    unavailable: [503, 'Unavailable'],
    broken: [500, 'InternalError'],
    denied: [403, 'UnauthorizedOperation'],
    conflict: [400, 'IncorrectState'],
  },
  query: {
    throttle: [400, 'Throttling'],
    unavailable: [503, 'ServiceUnavailable'],
    broken: [500, 'InternalFailure'],
    denied: [403, 'AccessDenied'],
    conflict: [409, 'ConcurrentModification'],
  },
  json,
  s3: {
    throttle: [503, 'SlowDown'],
    unavailable: [503, 'ServiceUnavailable'],
    broken: [500, 'InternalError'],
    denied: [403, 'AccessDenied'],
    conflict: [409, 'OperationAborted'],
  },
  'rest-json': {
    ...json,
    throttle: [429, 'TooManyRequestsException'],
    denied: [403, 'AccessDeniedException'],
    conflict: [409, 'ResourceConflictException'],
  },
  neutron: {
    throttle: [429, 'OverLimit'],
    unavailable: [503, 'ServiceUnavailable'],
    broken: [500, 'HTTPInternalServerError'],
    denied: [403, 'PolicyNotAuthorized'],
    conflict: [412, 'RevisionNumberConstraintFailed'],
  },
  exoscale: {
    throttle: [429, 'Too Many Requests'],
    unavailable: [503, 'Service Unavailable'],
    broken: [500, 'Internal Server Error'],
    denied: [403, 'Forbidden'],
    conflict: [409, 'Conflict'],
  },
  // Slack answers 200 to what it refuses, but for its limits. https://docs.slack.dev/apis/web-api/rate-limits
  slack: {
    throttle: [429, 'ratelimited'],
    unavailable: [503, 'service_unavailable'],
    broken: [500, 'fatal_error'],
    denied: [200, 'not_allowed'],
    conflict: [200, 'message_not_found'],
  },
};

/** Services that have a word of their own. */
const special: { [service: string]: Partial<Words> } = {
  dynamodb: { throttle: [400, 'ProvisionedThroughputExceededException'] },
  wafv2: { conflict: [400, 'WAFOptimisticLockException'] },
  sns: { conflict: [400, 'ConcurrentAccess'] },
};

export function refuse(call: Call, refusal: Refusal): Answer {
  const [status, code] = special[call.service]?.[refusal] ?? words[call.dialect][refusal];
  const message = `${refusal} by the fault proxy`;
  const retry: { [name: string]: string } = status === 429 ? { 'retry-after': '1' } : {};
  const { type, text, headers = {} } = bodyOf(call.dialect, code, message);
  return { status, headers: { 'content-type': type, ...retry, ...headers }, body: Buffer.from(text) };
}

interface Written {
  type: string;
  text: string;
  headers?: { [name: string]: string };
}

function bodyOf(dialect: Dialect, code: string, message: string): Written {
  const error = `<Code>${code}</Code><Message>${message}</Message>`;
  switch (dialect) {
    case 'ec2':
      return xml(`<Response><Errors><Error>${error}</Error></Errors><RequestID>0</RequestID></Response>`);
    case 'query':
      return xml(
        `<ErrorResponse><Error><Type>Sender</Type>${error}</Error><RequestId>0</RequestId></ErrorResponse>`,
      );
    case 's3':
      return xml(`<Error>${error}<RequestId>0</RequestId></Error>`);
    case 'json':
      return { type: 'application/x-amz-json-1.1', text: JSON.stringify({ __type: code, message }) };
    case 'rest-json':
      return asJson({ message }, { 'x-amzn-errortype': code });
    case 'neutron':
      return asJson({ NeutronError: { type: code, message, detail: '' } });
    case 'exoscale':
      return asJson({ message: `${code}: ${message}` });
    case 'slack':
      return asJson({ ok: false, error: code });
  }
}

const xml = (inner: string): Written => ({
  type: 'text/xml',
  text: `<?xml version="1.0" encoding="UTF-8"?>${inner}`,
});

const asJson = (body: object, headers: { [name: string]: string } = {}): Written => ({
  type: 'application/json',
  text: JSON.stringify(body),
  headers,
});
