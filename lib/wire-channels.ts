import type { Policy } from './config.ts';
import type { Notifier } from './ports.ts';
import type { SlackSide } from './wire-slack.ts';

/** The part of the composition root that knows who is told. */

/** Every channel that the policy file names. */
export function channelsOf(_policy: Policy, slack: SlackSide | null): Notifier[] {
  return slack === null ? [] : [slack.notifier];
}
