import type { PolicyState } from '../../../kinds/policy.ts';
import type { Change } from '../../../model.ts';
import type { Calls } from '../adapter.ts';
import type { Clients, Place } from '../clients.ts';

/**
 * How one service holds the policies of its resources, which all are of one kind to us. The id of a resource is
 * its ARN.
 */
export interface Holder {
  /** As in the ARN: `sqs`. */
  service: string;
  /** `table` in `arn:aws:dynamodb:…:table/x` where a service has several. */
  calls: Calls;
  /** Null where AWS says that there is no such resource. */
  read(clients: Clients, place: Place, arn: string): Promise<PolicyState | null>;
  apply(clients: Clients, place: Place, arn: string, change: Change): Promise<void>;
  list(clients: Clients, place: Place): AsyncIterable<string[]>;
  /** What events call a resource: hint kind → ARNs. */
  hints: { readonly [hint: string]: (clients: Clients, place: Place, id: string) => Promise<string[]> };
}

/** What a resource says of itself besides its policy. */
export interface Held {
  /** The policy's text; null for none. */
  policy: string | null;
  name: string;
  tags?: { [key: string]: string };
}

export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** `arn:aws:sqs:eu-central-1:123456789012:orders`. */
export function arnOf(service: string, { account, region }: Place, rest: string): string {
  return `arn:${partitionOf(region)}:${service}:${region}:${account}:${rest}`;
}

/** What stands behind the account in an ARN, without `key/`, `repository/` … */
export function nameIn(arn: string, prefix = ''): string {
  const rest = arn.split(':').slice(5).join(':');
  return rest.startsWith(prefix) ? rest.slice(prefix.length) : rest;
}
