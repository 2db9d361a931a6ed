import * as z from 'zod';
import { pathMatcher } from '../paths.ts';
import { detector, limit } from './detector.ts';
import { probePathsData } from './probe-paths-data.ts';

/** Files that are asked for by scanners and by nobody else. Served is no probe: then it is the site's own page. */
export const probePaths = detector({
  name: 'probe-paths',
  title: 'requests for files that only scanners ask for',
  severity: 'high',
  options: limit(2, 600).extend({ paths: z.array(z.string().startsWith('/')).default([]) }),
  matching({ paths }) {
    const isProbe = pathMatcher([...probePathsData, ...paths]);
    return (request) =>
      (request.status === 0 || request.status >= 400) &&
      request.verdict?.blocked !== true &&
      isProbe(request.path);
  },
  isOfAlike: true,
  what: 'requests for files that only scanners ask for',
});
