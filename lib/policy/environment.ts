/** What the process is told from outside, read once and typed. Nothing else reads process.env. */
export interface Environment {
  /** AWS_REGION, or AWS_DEFAULT_REGION as the AWS tools read it. */
  region: string | null;
  /** An engine stands in for AWS (AWS_ENDPOINT_URL, or one service's own). */
  hasEndpointUrl: boolean;
  /** AWS credentials are named in the environment; they may still come from a profile or the machine. */
  hasAwsCredentials: boolean;
  /** SNAPSHUT_HOME: the folder of the state. */
  home: string;
  /** SNAPSHUT_POLICY: the policy file, where it is not `snapshut.yml` here. */
  policyFile: string | null;
  /** SNAPSHUT_TABLE: the DynamoDB table that holds the history, instead of a file in `home`. */
  table: string | null;
  /** SNAPSHUT_QUEUE: the URL of the queue that events wait in, on Lambda. */
  queueUrl: string | null;
  /** SNAPSHUT_DEAD_LETTERS: the URL of the queue for what cannot be handled. */
  deadLettersUrl: string | null;
  /** SNAPSHUT_CONSOLE_URL: how people reach the console from elsewhere. */
  consoleUrl: string | null;
  /** SNAPSHUT_CONSOLE_SECRET: the ARN of the secret that signs the console's sessions. */
  consoleSecretArn: string | null;
  /** SNAPSHUT_TOKEN: what senders of HTTP events show. */
  token: string | null;
  /** A variable that the policy file names (http.tokenEnv); null when it is not set. */
  variable(name: string): string | null;
  /** SNAPSHUT_FREEZE: the kill switch. Anything but a clear no is a yes. */
  isFrozen: boolean;
  /** The OS_* variables, and the two that say where clouds.yaml is, by name. */
  openstack: { readonly [name: string]: string };
  /** `endpoint`: EXOSCALE_API_ENDPOINT, instead of each zone's own. */
  exoscale: { key: string; secret: string; endpoint: string | null } | null;
  /** HTTPS_PROXY */
  proxy: string | null;
}

type Variables = { readonly [name: string]: string | undefined };

export function readEnvironment(env: Variables): Environment {
  const set = (name: string) => env[name]?.trim() || null;
  const key = set('EXOSCALE_API_KEY');
  const secret = set('EXOSCALE_API_SECRET');
  const named = Object.entries(env).flatMap(([name, value]) => (value ? [[name, value] as const] : []));
  const freeze = set('SNAPSHUT_FREEZE');
  return {
    region: set('AWS_REGION') ?? set('AWS_DEFAULT_REGION'),
    hasEndpointUrl: named.some(([name]) => /^AWS_ENDPOINT_URL(_[A-Z0-9_]+)?$/.test(name)),
    hasAwsCredentials: ['AWS_ACCESS_KEY_ID', 'AWS_PROFILE', 'AWS_ROLE_ARN'].some(
      (name) => set(name) !== null,
    ),
    home: set('SNAPSHUT_HOME') ?? '.snapshut',
    policyFile: set('SNAPSHUT_POLICY'),
    table: set('SNAPSHUT_TABLE'),
    deadLettersUrl: set('SNAPSHUT_DEAD_LETTERS'),
    queueUrl: set('SNAPSHUT_QUEUE'),
    consoleUrl: set('SNAPSHUT_CONSOLE_URL'),
    consoleSecretArn: set('SNAPSHUT_CONSOLE_SECRET'),
    token: set('SNAPSHUT_TOKEN'),
    variable: set,
    isFrozen: freeze !== null && !/^(0|false|no|off)$/i.test(freeze),
    openstack: Object.fromEntries(
      named.filter(([name]) => name.startsWith('OS_') || name === 'HOME' || name === 'XDG_CONFIG_HOME'),
    ),
    exoscale: key && secret ? { key, secret, endpoint: set('EXOSCALE_API_ENDPOINT') } : null,
    proxy: set('HTTPS_PROXY') ?? set('https_proxy'),
  };
}
