import { RetryableError, TerminalError } from '../../errors.ts';

/** What a thrown value says about itself, as far as we look: the SDK's errors, Node's, anything else. */
interface Thrown {
  name?: string;
  code?: string;
  message?: string;
  $fault?: 'client' | 'server';
  $retryable?: { throttling?: boolean };
  $metadata?: { httpStatusCode?: number };
}

// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html and the SDK's own list.
const transient =
  /throttl|RequestLimitExceeded|TooManyRequests|SlowDown|Unavailable|Internal(Error|Failure|ServerError)|Timeout|IDPCommunicationError|ECONN|ENOTFOUND|EAI_AGAIN|EPIPE|ExpiredToken|RequestExpired|InsufficientCapacity/i;

/** True for AWS's word for one expected outcome: `InvalidPermission.Duplicate`. */
export function isAws(thrown: unknown, ...names: string[]): boolean {
  const { name, code } = (thrown ?? {}) as Thrown;
  return names.some((expected) => expected === name || expected === code);
}

/** Retryable or terminal; what is already one of the two stays as it is. */
export function awsError(thrown: unknown): RetryableError | TerminalError {
  if (thrown instanceof RetryableError || thrown instanceof TerminalError) return thrown;
  const {
    name = 'Error',
    code,
    message = String(thrown),
    $fault,
    $retryable,
    $metadata,
  } = (thrown ?? {}) as Thrown;
  const status = $metadata?.httpStatusCode ?? 0;
  // An answer that was cut on its way says nothing of the question; whole, it may come next time.
  const isCut = /XML parse error|Deserialization error|in JSON at position|end of JSON input/.test(message);
  const again =
    isCut ||
    $retryable !== undefined ||
    $fault === 'server' ||
    status === 429 ||
    status >= 500 ||
    transient.test(`${name} ${code ?? ''}`);
  // A gateway's error page is no XML; the SDK then complains about its syntax.
  const isPage = status >= 500 && /XML parse error/.test(message);
  const text = isPage ? `HTTP ${status}` : `${name === 'Error' ? (code ?? name) : name}: ${message}`;
  return new (again ? RetryableError : TerminalError)(text, { cause: thrown });
}

/** The answer, or null where AWS says that there is no such thing. Every other error flies. */
export async function orNull<T>(call: Promise<T>, isAbsent: (error: unknown) => boolean): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** The same, where AWS's own words for absence are all that is expected. */
export function expected<T>(call: Promise<T>, ...absent: string[]): Promise<T | null> {
  return orNull(call, (error) => isAws(error, ...absent));
}
