import type { Policy } from './config.ts';
import { environment } from './config.ts';
import type { Normalised } from './events/normalised.ts';
import type { Loop } from './loop.ts';
import type { Outcome } from './model.ts';
import type { History } from './ports.ts';
import { fetchSecret, Secrets } from './secret.ts';
import type { Routes } from './serve/http.ts';
import { Teller } from './tell.ts';
import { channelsOf } from './wire-channels.ts';
import { answeringOf, type Enqueue, slackOf, slackRoutesOf } from './wire-slack.ts';

/** The part of the composition root that knows who is told and who answers. */

export interface People {
  teller: Teller;
  /** What their clicks and commands reach; `enqueue` decides where a click waits. */
  routes(loop: Loop, enqueue: Enqueue): Routes[];
  /** Carries out an event that is somebody's answer; null where it is none. */
  answer(event: Normalised, loop: Loop): Promise<Outcome[]> | null;
  /** What was begun is told, and the history closed. */
  close(): Promise<void>;
}

interface Parts {
  policy: Policy;
  history: History;
  now(): Date;
  newId(): string;
}

const warn = (text: string) => void process.stderr.write(`${text}\n`);

export function peopleOf({ policy, history, now, newId }: Parts): People {
  const secrets = new Secrets({ variable: environment().variable, fetch: fetchSecret, now });
  const side = slackOf({ policy, history, secrets, now, newId });
  const teller = new Teller({
    history,
    channels: channelsOf({ policy, slack: side, secrets, now }),
    now,
    warn,
  });
  return {
    teller,
    routes: (loop, enqueue) =>
      side === null ? [] : [slackRoutesOf({ policy, side, secrets, loop, warn }, enqueue)],
    answer: ({ answer }, loop) =>
      answer === undefined || side === null ? null : answeringOf({ side, loop, warn })(answer),
    close: async () => {
      await teller.settle();
      await history.close();
    },
  };
}
