import { createHash } from 'node:crypto';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { Case, Entry } from '../cases.ts';
import type { Severity } from '../model.ts';
import type { Notifier } from '../ports.ts';
import { sortedAwsError } from './aws-error.ts';
import { caseEvents, headline, isAtLeast } from './case-event.ts';
import { type Format, inFormat } from './format.ts';

type Sdk = typeof import('@aws-sdk/client-sns');

export interface SnsParts {
  topicArn: string;
  format: Format;
  minSeverity: Severity;
  open(region: string): Promise<{ sdk: Sdk; client: SNSClient }>;
}

/** A topic of SNS: one message per event. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
export class SnsNotifier implements Notifier {
  readonly name = 'sns';
  readonly #parts: SnsParts;

  constructor(parts: SnsParts) {
    this.#parts = parts;
  }

  async tell(about: Case, entries: readonly Entry[], since: number): Promise<void> {
    const { topicArn, format, minSeverity, open } = this.#parts;
    if (!isAtLeast(about.severity, minSeverity)) return;
    const { sdk, client } = await open(topicArn.split(':')[3] ?? '');
    const text = (value: string) => ({ DataType: 'String', StringValue: value });
    for (const event of caseEvents(about, entries, since)) {
      const command = new sdk.PublishCommand({
        TopicArn: topicArn,
        Subject: subjectOf(headline(event, 100)),
        Message: JSON.stringify(inFormat(format, event, about, entries)),
        MessageAttributes: {
          severity: text(about.severity),
          outcome: text(about.outcome),
          control: text(about.control),
        },
        ...(topicArn.endsWith('.fifo') && {
          MessageGroupId: hash(about.caseId),
          MessageDeduplicationId: hash(event.id),
        }),
      });
      await client.send(command).catch((error: unknown) => {
        throw sortedAwsError('SNS', error);
      });
    }
  }
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex');

/** A subject is ASCII and begins with a letter, a number or punctuation. */
function subjectOf(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 100);
}
