import { callTimeouts } from './call-timeouts.ts';
import { messageOf, RetryableError, TerminalError } from './errors.ts';

/** Secrets by the name of their environment variable, which holds them or names them in Secrets Manager. */

export interface SecretParts {
  /** The value of an environment variable. */
  variable(name: string): string | null;
  /** The text of a secret in Secrets Manager. */
  fetch(arn: string): Promise<string>;
  now(): Date;
}

/** How long a fetched secret is used before it is asked for again. */
const keptMs = 5 * 60_000;

const isArn = (value: string) => /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:/.test(value);

/** IAM actions of this file. */
export const calls = ['secretsmanager:GetSecretValue'] as const;

export class Secrets {
  readonly #parts: SecretParts;
  readonly #kept = new Map<string, { text: string; atMs: number }>();

  constructor(parts: SecretParts) {
    this.#parts = parts;
  }

  /** Throws RetryableError where it cannot be had now: what waits for it is not lost by a variable that is missing. */
  async of(name: string): Promise<string> {
    const value = this.#parts.variable(name);
    if (value === null) throw new RetryableError(`${name} is not set`);
    if (!isArn(value)) return value;
    const nowMs = this.#parts.now().getTime();
    const known = this.#kept.get(value);
    if (known !== undefined && nowMs - known.atMs < keptMs) return known.text;
    const text = await this.#parts.fetch(value).catch((error: unknown) => {
      throw new RetryableError(`the secret of ${name} cannot be read: ${messageOf(error)}`);
    });
    this.#kept.set(value, { text: text.trim(), atMs: nowMs });
    return text.trim();
  }
}

/** The region stands in the ARN. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html */
export async function fetchSecret(arn: string): Promise<string> {
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({ region: arn.split(':')[3] ?? '', requestHandler: callTimeouts });
  try {
    const { SecretString } = await client.send(
      new GetSecretValueCommand({ SecretId: arn, VersionStage: 'AWSCURRENT' }),
    );
    if (SecretString === undefined) throw new TerminalError('the secret holds no text');
    return SecretString;
  } finally {
    client.destroy();
  }
}
