import * as z from 'zod';
import { pathMatcher } from '../paths.ts';
import { detector, limit } from './detector.ts';

/** Paths that no page links to visibly and robots.txt forbids: whoever asks is a robot that does not obey. */
export const honeypot = detector({
  name: 'honeypot',
  title: 'requests for a trap that no person can see',
  severity: 'high',
  options: limit(0, 3600).extend({ paths: z.array(z.string().startsWith('/')).default([]) }),
  matching({ paths }) {
    const isTrap = pathMatcher(paths);
    return paths.length === 0 ? () => false : (request) => isTrap(request.path);
  },
  isOfAlike: true,
  what: 'requests for a trap',
});
