import * as z from 'zod';
import type { EndpointState, MailFacts } from '../kinds/endpoint.ts';
import type { Exposure, Finding } from '../model.ts';
import { control } from './control.ts';
import { wellKept } from './endpoint-example.ts';
import { findingOf, noChanges, reachOf, toldOnly } from './endpoint-exposures.ts';

/** Where clients hand in mail, after a login. */
const submissionPorts = [465, 587];

function check(state: EndpointState): Finding | null {
  const servers = state.mail.filter((one) => !submissionPorts.includes(one.port));
  const exposures = servers.map(
    ({ id, startTls }): Exposure => ({
      part: 'mail',
      id,
      what: `${id} (smtp) takes mail${startTls ? '' : ', without STARTTLS'}`,
      to: reachOf(state),
      severity: 'medium',
      tell: toldOnly,
    }),
  );
  return findingOf(exposures, state);
}

const submission: MailFacts = {
  id: 'tcp/587',
  port: 587,
  banner: '220 mail.example.org ESMTP',
  startTls: true,
};

export const mailServer = control({
  name: 'mail-server',
  kind: 'endpoint',
  title: 'A mail server that answers on this address',
  remedy: 'tells where; unexpected-port closes the rule that lets it in',
  defaultMode: 'tell',
  options: z.strictObject({}),
  check,
  fix: noChanges,
  examples: {
    bad: { ...wellKept, mail: [{ ...submission, id: 'tcp/25', port: 25, startTls: false }] },
    good: { ...wellKept, mail: [submission] },
  },
});
