import { Recent } from '../../logs/recent.ts';
import { LoginPaths, userTried } from '../login.ts';
import { detector, limit } from './detector.ts';

const namesHeld = 65_536;

/** A list of names tried one by one, too slowly to show as guessing. */
export const manyUsers = detector({
  name: 'many-users',
  title: 'one client that tries to log in as many users',
  severity: 'high',
  options: limit(10, 3600).extend({ paths: LoginPaths }),
  countsDifferent: true,
  matching({ paths, windowSeconds }) {
    const userOf = userTried(paths);
    const countedMs = new Recent<number>(namesHeld);
    return (request, { hi, lo }) => {
      const user = userOf(request);
      if (user === '') return false;
      const name = `${hi}/${lo} ${user}`;
      const last = countedMs.get(name);
      // Once per window: then no window holds more of them than there were users.
      if (last !== undefined && Math.abs(request.timeMs - last) <= windowSeconds * 1000) return false;
      countedMs.set(name, request.timeMs);
      return true;
    };
  },
  what: 'users that it tried to be',
});
