import { environment, type Policy } from './config.ts';
import { TerminalError } from './errors.ts';
import type { AccountScope } from './ports.ts';
import type { Background } from './serve/background.ts';
import { busUrls, listenToBus } from './serve/bus.ts';

/** The buses of the policy file's OpenStack accounts; a URL that is not set is said when the service starts. */
export function buses(policy: Policy, guarded: readonly AccountScope[], now: () => Date): Background[] {
  const projects = new Set(guarded.filter((one) => one.provider === 'openstack').map((one) => one.account));
  return (policy.accounts ?? []).flatMap((account) => {
    if (account.provider !== 'openstack' || account.notifications === undefined) return [];
    const { urlEnv, ...said } = account.notifications;
    return [
      async (parts) => {
        const text = environment().variable(urlEnv);
        if (text === null) throw new TerminalError(`${urlEnv} is not set: it holds the URL of the bus`);
        await listenToBus({ urls: busUrls(text), ...said, projects, now, random: Math.random })(parts);
      },
    ];
  });
}
