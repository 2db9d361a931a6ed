import * as z from 'zod';
import { detector, limit } from './detector.ts';

/** Somebody who tries doors: refused, not found, not allowed, malformed. */
export const errorScan = detector({
  name: 'error-scan',
  title: 'requests that were refused, malformed or for nothing that exists',
  severity: 'medium',
  options: limit(50, 60).extend({
    statuses: z.array(z.int().min(100).max(599)).min(1).default([400, 401, 403, 404, 405]),
  }),
  matching({ statuses }) {
    const counted = new Set(statuses);
    // What the firewall blocked already is evidence of managed-block, and not counted twice.
    return (request) => counted.has(request.status) && request.verdict?.blocked !== true;
  },
  isOfAlike: true,
  what: 'refused or failed requests',
});
