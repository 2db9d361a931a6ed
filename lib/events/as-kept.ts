import { isOslo, withoutSecrets } from './oslo.ts';
import { unwrapped } from './wrapped.ts';

/** An event as it may be stored: a notification of OpenStack without its tokens, any other as it came. */
export function asKept(event: unknown): unknown {
  const inner = unwrapped(event);
  return isOslo(inner) ? withoutSecrets(inner) : event;
}
