import type { Case, Entry } from '../cases.ts';
import { version } from '../version.ts';
import type { CaseEvent } from './case-event.ts';
import { ocsfOf } from './ocsf.ts';
import { findingOf } from './securityhub/finding.ts';

export type Format = 'snapshut' | 'ocsf' | 'asff';

/** The event in the words that the receiver understands. */
export function inFormat(format: Format, event: CaseEvent, about: Case, entries: readonly Entry[]): object {
  switch (format) {
    case 'snapshut':
      return event;
    case 'ocsf':
      return ocsfOf(event, version);
    case 'asff': {
      const { region } = about.resource;
      return findingOf(about, entries, region === 'global' ? 'us-east-1' : region);
    }
  }
}
