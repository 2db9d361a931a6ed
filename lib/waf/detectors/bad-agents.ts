import * as z from 'zod';
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
    // The same agent comes back again and again: its answer is kept.
    const seen = new Map<string, boolean>();
    return ({ userAgent, verdict }) => {
      if (!userAgent || verdict?.blocked) return false;
      let answer = seen.get(userAgent);
      if (answer === undefined) {
        answer = known.test(userAgent);
        if (seen.size >= 10_000) seen.clear();
        // A slice of a line would keep the whole chunk of the log alive.
        seen.set(Buffer.from(userAgent).toString(), answer);
      }
      return answer;
    };
  },
  what: 'requests by a scanner that names itself',
});
