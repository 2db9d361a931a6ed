import { callTimeouts } from '../call-timeouts.ts';
import { RetryableError } from '../errors.ts';

/** The IAM actions of this file. */
export const calls = ['secretsmanager:GetSecretValue'] as const;

/** A secret's text, asked for once per process. */
export function secretText(arn: string): () => Promise<string> {
  let asked: Promise<string> | null = null;
  return () => {
    asked ??= read(arn).catch((error: unknown) => {
      asked = null;
      throw error;
    });
    return asked;
  };
}

async function read(arn: string): Promise<string> {
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({ requestHandler: callTimeouts });
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
    if (!SecretString) throw new RetryableError('the secret that signs sessions has no text');
    return SecretString;
  } finally {
    client.destroy();
  }
}
