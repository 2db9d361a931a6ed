import type { Call } from './deed.ts';

/** The ARN of what a call names by its name alone. */
export function arnOf(
  { region, account }: Pick<Call, 'region' | 'account'>,
  service: string,
  rest: string,
): string {
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  return `arn:${partition}:${service}:${service === 'iam' ? '' : region}:${account}:${rest}`;
}
