import type { Policy } from '../config.ts';
import type { AccountScope } from '../ports.ts';

/** What the person at the terminal reads when the service is up. */

interface SandboxUp {
  url: string;
  token: string;
  /** The path of a sign-in link. */
  signIn: string;
  /** A case that was shut. */
  fixed: string | null;
}

export function whatToTry({ url, token, signIn, fixed }: SandboxUp): string[] {
  const caseId = fixed ?? 'CASE';
  return [
    '',
    `The console, for one sign-in: ${url}${signIn}`,
    `Running on ${url} until Ctrl-C. In a second terminal, here, try:`,
    '  npx snapshut history',
    `  npx snapshut show ${caseId}`,
    `  npx snapshut undo ${caseId}`,
    '  npx snapshut sweep',
    `  curl ${url}/healthz`,
    `  curl ${url}/events -H "Authorization: Bearer ${token}" -H "Content-Type: application/json" -d @EVENT.json`,
    '',
  ];
}

interface AccountsUp {
  url: string;
  token: string | null;
  /** The path of a sign-in link. */
  signIn: string;
  policy: Policy;
  guarded: readonly AccountScope[];
}

export function whatComesIn({ url, token, signIn, policy, guarded }: AccountsUp): string[] {
  const { queue, http, schedule } = policy;
  return [
    ...guarded.map((one) => `Guarding ${one.provider} account ${one.account} in ${one.regions.join(', ')}.`),
    queue ? `Reading the queue ${queue.url}.` : 'No queue is named in the policy file (queue.url).',
    token === null
      ? `HTTP intake is off: ${http.tokenEnv} is not set.`
      : `Taking events at POST ${url}/events from who shows the token of ${http.tokenEnv}.`,
    `The console, for one sign-in: ${url}${signIn}`,
    `Sweeping every ${schedule.sweepEveryHours} hours, and now. Health: ${url}/healthz. Ctrl-C ends.`,
  ];
}
