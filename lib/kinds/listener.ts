import type { Change, Json } from '../model.ts';
import { describeSetting } from './describe-setting.ts';

/** Where clients connect: a listener of a load balancer, or a content network. */
export interface ListenerState {
  kind: 'listener';
  name: string;
  tags: { [key: string]: string };
  /** `elb` or `cloudfront`. */
  service: string;
  /** `HTTP`, `HTTPS`, `TLS`, `TCP` … */
  protocol: string;
  port: number | null;
  /** A working HTTPS listener beside this one that a redirect could point to; its port. */
  httpsPort: number | null;
  /** `tlsPolicy`, and `actions` or `viewerProtocol`: what a plain request gets. */
  settings: { [name: string]: Json };
}

export function describeListenerChange(change: Change): string {
  return change.op === 'set' ? describeSetting(change) : `${change.op} ${change.value.id}`;
}
