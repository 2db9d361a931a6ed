import type { Policy } from './config.ts';
import type { Notifier } from './ports.ts';
import type { Secrets } from './secret.ts';
import type { SlackSide } from './wire-slack.ts';

/** The part of the composition root that knows who is told. */

export interface ChannelParts {
  policy: Policy;
  slack: SlackSide | null;
  secrets: Secrets;
}

/** Every channel that the policy file names. */
export function channelsOf({ slack }: ChannelParts): Notifier[] {
  return slack === null ? [] : [slack.notifier];
}
