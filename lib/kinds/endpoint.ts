import type { Change } from '../model.ts';

/** A TCP port that accepts connections. `service` is what it was heard to speak, `unknown` where it said nothing. */
export type OpenPort = { id: string; port: number; service: string; banner: string | null };

/**
 * A firewall rule that lets the world reach ports of this address, as the inventory knows it: `sg-1/sgr-5`. `native` is
 * what its cloud needs to take it away and to put it back.
 */
export type AdmittingRule = {
  id: string;
  firewall: string;
  protocol: string;
  fromPort: number | null;
  toPort: number | null;
  native: { [key: string]: string };
};

export type CipherSuite = { version: string; code: string; name: string };

/**
 * How a port speaks TLS, or (`versions` empty, `plain` says how) that it speaks without where it should not.
 * `incomplete`: why the list of suites may not be whole; then nothing is said of what is absent.
 */
export type TlsFacts = {
  id: string;
  port: number;
  startTls: string | null;
  versions: string[];
  suites: CipherSuite[];
  dhBits: number | null;
  keyType: string | null;
  keyBits: number | null;
  signature: string | null;
  ocspStapled: boolean | null;
  http2: boolean | null;
  plain: string | null;
  incomplete: string | null;
};

/** `trustError` is OpenSSL's word for a chain that leads to no public root; `coversName` is null for bare addresses. */
export type CertificateFacts = {
  id: string;
  port: number;
  subject: string;
  issuer: string;
  names: string[];
  notBefore: string;
  notAfter: string;
  serial: string;
  chainLength: number;
  trustError: string | null;
  coversName: boolean | null;
};

/** One line of the score: `points` are taken off where negative and only count as a bonus from 90 on where positive. */
export type HeaderPoint = { test: string; points: number; text: string };
export type HttpFacts = {
  id: string;
  port: number;
  scheme: 'http' | 'https';
  status: number;
  score: number;
  grade: string;
  points: HeaderPoint[];
  redirectsToHttps: boolean;
  hstsSeconds: number | null;
  banner: string | null;
};

/** `methods` are the ways to log in that the server offers; null where it could not be asked. */
export type SshFacts = {
  id: string;
  port: number;
  banner: string;
  methods: string[] | null;
  kex: string[];
  hostKeys: string[];
  ciphers: string[];
  macs: string[];
};

export type DatabaseFacts = {
  id: string;
  port: number;
  engine: string;
  withoutPassword: boolean;
  how: string;
};
export type MailFacts = { id: string; port: number; banner: string; startTls: boolean };

/** One address of ours as it looks from outside. Elements are named by their port: `tcp/443`. */
export interface EndpointState {
  kind: 'endpoint';
  /** The name under which it was listed; null for a bare address. */
  name: string | null;
  address: string;
  tags: { [key: string]: string };
  /** Anybody on the internet could reach this address. */
  isGlobal: boolean;
  rules: AdmittingRule[];
  ports: OpenPort[];
  tls: TlsFacts[];
  certificates: CertificateFacts[];
  http: HttpFacts[];
  ssh: SshFacts[];
  databases: DatabaseFacts[];
  mail: MailFacts[];
}

/** What a scan sees; all but the rules. */
export const endpointSights = ['ports', 'tls', 'certificates', 'http', 'ssh', 'databases', 'mail'] as const;

/** `close tcp/8080 in sg-1/sgr-5` */
export function describeEndpointChange(change: Change): string {
  if (change.op === 'set') return `set ${change.id} to ${JSON.stringify(change.to)}`;
  const rule = change.value as unknown as AdmittingRule;
  const verb = change.op === 'remove' ? 'close' : 'open';
  return `${verb} ${describeRule(rule)}`;
}

export function describeRule({ id, protocol, fromPort, toPort }: AdmittingRule): string {
  const ports = fromPort === null ? '' : `/${fromPort}${toPort === fromPort ? '' : `-${toPort}`}`;
  return `${protocol}${ports} in ${id}`;
}
