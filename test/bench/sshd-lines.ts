import { mulberry32 } from './waf-lines.ts';

/** sshd's lines as syslog writes them: a tenth about guesses of fifty clients, the rest of people who may come in. */
export function generateSshdLines(
  count: number,
  seed: number,
  write: (line: string) => void,
): { offenders: string[] } {
  const random = mulberry32(seed);
  const users = 'root admin ubuntu test oracle postgres git deploy'.split(' ');
  const offenders = Array.from({ length: 50 }, (_, index) => `203.0.113.${index + 1}`);
  const seen = new Set<string>();
  for (let index = 0; index < count; index++) {
    const time = new Date(Date.parse('2026-11-24T00:00:00Z') + index * 10).toISOString();
    const head = `${time} web1 sshd[${1000 + Math.floor(random() * 30_000)}]:`;
    const port = 1024 + Math.floor(random() * 60_000);
    const user = users[Math.floor(random() * users.length)];
    if (random() < 0.1) {
      const client = offenders[Math.floor(random() * offenders.length)] ?? '';
      seen.add(client);
      write(`${head} Failed password for invalid user ${user} from ${client} port ${port} ssh2`);
    } else {
      const client = `198.18.${Math.floor(random() * 256)}.${Math.floor(random() * 256)}`;
      const kind = random();
      if (kind < 0.4)
        write(
          `${head} Accepted publickey for ${user} from ${client} port ${port} ssh2: ED25519 SHA256:${port}`,
        );
      else if (kind < 0.7) write(`${head} Connection closed by ${client} port ${port}`);
      else write(`${head} pam_unix(sshd:session): session opened for user ${user}(uid=1000) by (uid=0)`);
    }
  }
  return { offenders: [...seen].sort() };
}
