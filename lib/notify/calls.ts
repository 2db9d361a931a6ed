import { calls as secrets } from '../secret.ts';

/** The IAM actions of the channels, beside those of Security Hub. */
export const tellCalls = {
  secrets,
  topics: ['sns:Publish'],
  mail: ['ses:SendEmail'],
} as const;
