import { messageOf, RetryableError, TerminalError } from '../errors.ts';

/** What the message itself is refused for; everything else (rights, limits, outages) may be mended meanwhile. */
const refusals = new Set([
  'InvalidParameter',
  'InvalidParameterValue',
  'ValidationError',
  'MessageRejected',
  'BadRequestException',
]);

export function sortedAwsError(service: string, error: unknown): Error {
  const name = error instanceof Error ? error.name.replace(/Exception$/, '') : '';
  const full = error instanceof Error ? error.name : '';
  const text = `${service}: ${full}: ${messageOf(error)}`;
  return refusals.has(name) || refusals.has(full) ? new TerminalError(text) : new RetryableError(text);
}
