import type { SESv2Client } from '@aws-sdk/client-sesv2';
import type { Case, Entry } from '../cases.ts';
import type { Severity } from '../model.ts';
import type { Notifier } from '../ports.ts';
import { sortedAwsError } from './aws-error.ts';
import { caseEvents, headline, isAtLeast, plainText } from './case-event.ts';

type Sdk = typeof import('@aws-sdk/client-sesv2');

export interface EmailParts {
  from: string;
  to: readonly string[];
  minSeverity: Severity;
  open(): Promise<{ sdk: Sdk; client: SESv2Client }>;
}

/** E-mail through SES, plain text only. https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html */
export class EmailNotifier implements Notifier {
  readonly name = 'email';
  readonly #parts: EmailParts;

  constructor(parts: EmailParts) {
    this.#parts = parts;
  }

  async tell(about: Case, entries: readonly Entry[], since: number): Promise<void> {
    const { from, to, minSeverity, open } = this.#parts;
    const events = caseEvents(about, entries, since);
    const last = events.at(-1);
    if (last === undefined || !isAtLeast(about.severity, minSeverity)) return;
    const { sdk, client } = await open();
    const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' });
    const command = new sdk.SendEmailCommand({
      FromEmailAddress: from,
      Destination: { ToAddresses: [...to] },
      Content: {
        Simple: {
          Subject: utf8(headline(last, 150)),
          Body: { Text: utf8(events.map(plainText).join('\n\n')) },
        },
      },
    });
    await client.send(command).catch((error: unknown) => {
      throw sortedAwsError('SES', error);
    });
  }
}
