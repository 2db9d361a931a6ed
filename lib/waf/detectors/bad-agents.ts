import * as z from 'zod';
import { keptAnswers } from '../../kept-answers.ts';
import { detector, limit } from './detector.ts';

/** Tools that name themselves and whose work is attacking. General clients (curl, python) are not among them. */
export const badAgentsData: readonly string[] =
  'nikto sqlmap nmap masscan zgrab nuclei wpscan dirbuster gobuster feroxbuster ffuf wfuzz dirb acunetix nessus openvas netsparker arachni w3af havij jorgee morfeus zmeu l9explore l9tcpid censysinspect expanse fuzz faster hydra whatweb commix joomscan skipfish webinspect jaeles xrumer bbot'.split(
    ' ',
  );

export const badAgents = detector({
  name: 'bad-agents',
  title: 'requests by tools that name themselves as scanners',
  severity: 'high',
  options: limit(1, 600).extend({ agents: z.array(z.string().min(3)).default([]) }),
  matching({ agents }) {
    const names = [...badAgentsData, ...agents].map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const known = new RegExp(`(?<![a-z])(?:${names.join('|')})(?![a-z])`, 'i');
    const isKnown = keptAnswers((agent) => known.test(agent));
    return ({ userAgent, verdict }) => Boolean(userAgent) && !verdict?.blocked && isKnown(userAgent ?? '');
  },
  isOfAlike: true,
  what: 'requests by a scanner that names itself',
});
