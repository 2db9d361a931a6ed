import { detector, limit } from './detector.ts';

/** Browsers always send one; health checks and old scripts often do not, so a few are nothing. */
export const emptyAgent = detector({
  name: 'empty-agent',
  title: 'many requests without a user agent',
  severity: 'low',
  options: limit(30, 300),
  matching: () => (request) => request.userAgent === '' && request.verdict?.blocked !== true,
  isOfAlike: true,
  what: 'requests without a user agent',
});
