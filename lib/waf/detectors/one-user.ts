import { type ClientKey, clientText } from '../../logs/address.ts';
import { Recent } from '../../logs/recent.ts';
import { LoginPaths, userTried } from '../login.ts';
import { detector, limit } from './detector.ts';

const usersHeld = 4_096;
const clientsHeld = 1_000;

/**
 * One account that many clients try. It only tells: the real user is among them, and whoever names a user must not get
 * somebody else blocked.
 */
export const oneUser = detector({
  name: 'one-user',
  title: 'many clients that try to log in as the same user',
  severity: 'medium',
  options: limit(20, 600).extend({ paths: LoginPaths }),
  tellsOnly: true,
  countsDifferent: true,
  matching: () => () => false,
  together({ paths, requests, windowSeconds }) {
    const userOf = userTried(paths);
    const byUser = new Recent<Map<string, { client: ClientKey; timeMs: number }>>(usersHeld);
    return (request, client) => {
      const user = userOf(request);
      if (user === '') return [];
      const clients = byUser.get(user) ?? new Map<string, { client: ClientKey; timeMs: number }>();
      byUser.set(user, clients);
      const oldest = request.timeMs - windowSeconds * 1000;
      if (clients.size >= clientsHeld) {
        for (const [name, { timeMs }] of clients) if (timeMs < oldest) clients.delete(name);
      }
      if (clients.size < clientsHeld) clients.set(clientText(client), { client, timeMs: request.timeMs });
      if (clients.size <= requests) return [];
      const recent = [...clients.values()].filter(
        ({ timeMs }) => timeMs >= oldest && timeMs <= request.timeMs,
      );
      return recent.length > requests ? recent.map((one) => one.client) : [];
    };
  },
  what: 'clients, this one among them, that tried to be the same user',
});
