import type { Case } from '../cases.ts';
import type { Policy } from '../config.ts';
import type { QueueHealth } from '../health.ts';
import type { Blocked } from '../logs/block-set.ts';
import type { Loop } from '../loop.ts';
import type { AccountScope, DeadLetter } from '../ports.ts';
import type { SignIn } from '../sign-in-links.ts';
import type { Session } from './session.ts';

/** All that the console needs from outside. */
export interface ConsoleParts {
  loop: Loop;
  policy: Policy;
  guarded: readonly AccountScope[];
  /** Signs sessions. */
  secret(): Promise<string>;
  redeem(token: string): Promise<SignIn | null>;
  /** May this person answer for the case, beside having the role? `why`: why not, or what they should know. */
  mayAnswer(about: Case, who: Session): Promise<{ may: boolean; why: string | null }>;
  blocks: {
    list(): Promise<Blocked[]>;
    /** Answers what went wrong, or null. */
    unblock(client: string, by: string): Promise<string | null>;
  };
  health: {
    queue(): Promise<QueueHealth | null>;
    /** Newest first, of those that say why; null where only their number is known. */
    deadLetters(): Promise<readonly DeadLetter[] | null>;
  };
  /** Reached over TLS: cookies are for nothing else. */
  isSecure: boolean;
  /** Requests for other names are refused where it listens on this machine: null where a gateway sees to that. */
  hosts: readonly string[] | null;
  warn(text: string): void;
}

/** One request of somebody who is signed in. */
export interface Visit {
  parts: ConsoleParts;
  session: Session;
  /** What forms carry. */
  formToken: string;
  now: Date;
  params: URLSearchParams;
}
