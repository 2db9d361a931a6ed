import { detector, limit } from './detector.ts';

export const flood = detector({
  name: 'flood',
  title: 'more requests than any person or page makes',
  severity: 'high',
  options: limit(100, 60),
  matching: () => () => true,
  isOfAlike: true,
  what: 'requests',
});
