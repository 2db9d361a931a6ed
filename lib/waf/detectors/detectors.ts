import { badAgents } from './bad-agents.ts';
import type { Detector } from './detector.ts';
import { emptyAgent } from './empty-agent.ts';
import { errorScan } from './error-scan.ts';
import { exploit } from './exploit.ts';
import { flood } from './flood.ts';
import { honeypot } from './honeypot.ts';
import { injection } from './injection.ts';
import { loginGuess } from './login-guess.ts';
import { managedBlock } from './managed-block.ts';
import { manyUsers } from './many-users.ts';
import { oneUser } from './one-user.ts';
import { probePaths } from './probe-paths.ts';

/** Every detector of requests, one line each. */
export const detectors: readonly Detector[] = [
  flood,
  errorScan,
  loginGuess,
  manyUsers,
  oneUser,
  probePaths,
  exploit,
  injection,
  managedBlock,
  badAgents,
  emptyAgent,
  honeypot,
];
