import { callTimeouts } from './call-timeouts.ts';
import { environment, type Policy } from './config.ts';
import { EmailNotifier } from './notify/email.ts';
import { PagerDutyNotifier } from './notify/pagerduty.ts';
import { SnsNotifier } from './notify/sns.ts';
import { TeamsNotifier } from './notify/teams.ts';
import { WebhookNotifier } from './notify/webhook.ts';
import type { Notifier } from './ports.ts';
import type { Secrets } from './secret.ts';
import { version } from './version.ts';
import { securityHubChannels } from './wire-securityhub.ts';
import type { SlackSide } from './wire-slack.ts';

/** The part of the composition root that knows who is told. */

export interface ChannelParts {
  policy: Policy;
  slack: SlackSide | null;
  secrets: Secrets;
  now(): Date;
}

const agent = { customUserAgent: `snapshut/${version}`, requestHandler: callTimeouts };

/** Every channel that the policy file names. */
export function channelsOf({ policy, slack, secrets, now }: ChannelParts): Notifier[] {
  const { sns, webhook, pagerduty, teams, email } = policy.alerts;
  const webhooks = webhook === undefined ? [] : [webhook].flat();
  const found: (Notifier | undefined)[] = [
    slack?.notifier,
    ...securityHubChannels(policy),
    sns && new SnsNotifier({ ...sns, open: openSns }),
    ...webhooks.map((one, at) => {
      // The first keeps its name when a second one is added.
      const name = at === 0 ? 'webhook' : `webhook-${at + 1}`;
      return new WebhookNotifier({ ...one, name, secret: () => secrets.of(one.secretEnv), now });
    }),
    pagerduty &&
      new PagerDutyNotifier({ ...pagerduty, routingKey: () => secrets.of(pagerduty.routingKeyEnv) }),
    teams && new TeamsNotifier({ ...teams, url: () => secrets.of(teams.urlEnv) }),
    email && new EmailNotifier({ ...email, open: () => openSes(email.region) }),
  ];
  return found.filter((one) => one !== undefined);
}

async function openSns(region: string) {
  const sdk = await import('@aws-sdk/client-sns');
  return { sdk, client: new sdk.SNSClient({ region, ...agent }) };
}

async function openSes(named: string | undefined) {
  const sdk = await import('@aws-sdk/client-sesv2');
  const region = named ?? environment().region;
  return { sdk, client: new sdk.SESv2Client({ ...(region !== null && { region }), ...agent }) };
}
