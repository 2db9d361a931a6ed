import { createHash } from 'node:crypto';
import type { OfferedKey } from '../../kinds/key-pair.ts';
import type { Clients, Place } from './clients.ts';
import { isAws } from './errors.ts';
import { secretsOf } from './services.ts';

/** A pair made here: its private half goes to Secrets Manager and nowhere else, in the format that OpenSSH reads. */

/** The calls of this file. */
export const calls = [
  'secretsmanager:CreateSecret',
  'secretsmanager:PutSecretValue',
  'secretsmanager:DeleteSecret',
];

/** Names of secrets take fewer characters than those of pairs. */
export function secretNameOf(pair: string): string {
  const plain = pair.replace(/[^\w+=.@-]/g, '-');
  const suffix = plain === pair ? '' : `-${createHash('sha256').update(pair).digest('hex').slice(0, 8)}`;
  return `snapshut/key-pairs/${plain}${suffix}`;
}

/** Answers the public half. Made anew after a crash in between: nobody has seen the first. */
export async function makePair(clients: Clients, place: Place, { id, type }: OfferedKey): Promise<string> {
  const { default: ssh2 } = await import('ssh2');
  const pair = await new Promise<{ private: string; public: string }>((resolve, reject) => {
    const done = (error: Error | null, made: { private: string; public: string }) =>
      error ? reject(error) : resolve(made);
    if (type === 'rsa') ssh2.utils.generateKeyPair('rsa', { bits: 4096 }, done);
    else ssh2.utils.generateKeyPair('ed25519', done);
  });
  const { client, sdk } = await secretsOf(clients, place);
  const Name = secretNameOf(id);
  const SecretString = pair.private;
  try {
    const Description = `The private half of the EC2 key pair ${id}`;
    await client.send(new sdk.CreateSecretCommand({ Name, SecretString, Description }));
  } catch (error) {
    if (!isAws(error, 'ResourceExistsException')) throw error;
    await client.send(new sdk.PutSecretValueCommand({ SecretId: Name, SecretString }));
  }
  return pair.public;
}

/** Can be taken back for a week. */
export async function removeSecret(clients: Clients, place: Place, pair: string): Promise<void> {
  const { client, sdk } = await secretsOf(clients, place);
  try {
    await client.send(new sdk.DeleteSecretCommand({ SecretId: secretNameOf(pair), RecoveryWindowInDays: 7 }));
  } catch (error) {
    if (!isAws(error, 'ResourceNotFoundException')) throw error;
  }
}
