import { detector, limit } from './detector.ts';

/** What a managed rule group blocked is refused already; one who goes on trying is shut out wholly. */
export const managedBlock = detector({
  name: 'managed-block',
  title: 'requests that managed rules blocked',
  severity: 'high',
  options: limit(20, 300),
  matching: () => (request) => request.verdict?.managed === true,
  isOfAlike: true,
  what: 'requests that managed rules blocked',
});
