import { createHash } from 'node:crypto';
import { RetryableError, TerminalError } from '../../errors.ts';
import { isFields } from '../../events/json.ts';
import type { DeliverTo, Delivery } from '../../rotation/delivery.ts';
import type { NewKey } from '../../rotation/rotator.ts';
import type { Clients } from './clients.ts';
import { awsError, isAws, orNull } from './errors.ts';
import { secretsOf } from './services.ts';

export const calls = {
  read: ['secretsmanager:DescribeSecret'],
  write: [
    'secretsmanager:CreateSecret',
    'secretsmanager:TagResource',
    'secretsmanager:GetSecretValue',
    'secretsmanager:PutSecretValue',
    'secretsmanager:UpdateSecretVersionStage',
  ],
} as const;

type ToSecret = Extract<DeliverTo, { type: 'secret' }>;

const noSecret = (error: unknown) => isAws(error, 'ResourceNotFoundException');

/**
 * A new key as a version of a secret that the owner reads: pending first, read back, then current. Other fields
 * of the secret stay, and its version before stays as AWSPREVIOUS.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/getting-started.html#term_version
 */
export function secretDelivery(clients: Clients, to: ToSecret): Delivery {
  const secret = new SecretVersions(clients, to);
  return {
    pointer: () => `the secret ${to.secret} in ${to.account} ${to.region} holds it`,
    deliver: (caseId, key) => asked(() => secret.deliver(versionOf(caseId, key.id), key)),
    holds: (caseId, keyId) => asked(() => secret.holds(versionOf(caseId, keyId), keyId)),
    finish: (caseId, keyId) => asked(() => secret.makeCurrent(versionOf(caseId, keyId))),
    takeBack: (caseId, keyId) => asked(() => secret.takeBack(versionOf(caseId, keyId))),
  };
}

/** Its own token is a version's id: the same delivery is the same version, however often it is sent. */
function versionOf(caseId: string, keyId: string): string {
  return createHash('sha256').update(`${caseId}/${keyId}`).digest('hex');
}

/** Requests carry the secret: of an error only its text gets out, not the call that it stands for. */
async function asked<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const told = awsError(error);
    if (told instanceof RetryableError) throw new RetryableError(told.message);
    throw new TerminalError(told.message);
  }
}

class SecretVersions {
  readonly #clients: Clients;
  readonly #to: ToSecret;

  constructor(clients: Clients, to: ToSecret) {
    this.#clients = clients;
    this.#to = to;
  }

  async deliver(version: string, key: NewKey): Promise<void> {
    const { client, sdk } = await this.#service();
    await this.#makeSecret();
    const value = { ...(await this.#current()), ...renamed(key.secret.reveal(), this.#to.fields) };
    await client.send(
      new sdk.PutSecretValueCommand({
        SecretId: this.#to.secret,
        ClientRequestToken: version,
        SecretString: JSON.stringify(value),
        VersionStages: [pending],
      }),
    );
    if (!(await this.holds(version, key.id)))
      throw new TerminalError(`${this.#to.secret} does not hold ${key.id}`);
    await this.makeCurrent(version);
  }

  async holds(version: string, keyId: string): Promise<boolean> {
    if (!Object.hasOwn(await this.#stages(), version)) return false;
    const value = await this.#value({ VersionId: version });
    return Object.values(value ?? {}).includes(keyId);
  }

  /** Moves AWSCURRENT to this version and proves it by a read that asks for the stage, not for the version. */
  async makeCurrent(version: string): Promise<void> {
    const { client, sdk } = await this.#service();
    const SecretId = this.#to.secret;
    const stages = await this.#stages();
    const before = Object.keys(stages).find((id) => stages[id]?.includes(current));
    if (before !== version) {
      const from = before === undefined ? {} : { RemoveFromVersionId: before };
      await client.send(
        new sdk.UpdateSecretVersionStageCommand({
          SecretId,
          VersionStage: current,
          MoveToVersionId: version,
          ...from,
        }),
      );
    }
    await this.#unstage(version, pending);
    // Always by stage: a local AWS answers its default from before the move.
    const said = await client.send(new sdk.GetSecretValueCommand({ SecretId, VersionStage: current }));
    if (said.VersionId !== version) throw new RetryableError(`${SecretId} is not at its new version yet`);
  }

  /** A version without stages is deprecated, and Secrets Manager deletes it. */
  async takeBack(version: string): Promise<void> {
    const { client, sdk } = await this.#service();
    const stages = await this.#stages();
    if (stages[version]?.includes(current)) {
      const previous = Object.keys(stages).find((id) => stages[id]?.includes('AWSPREVIOUS'));
      if (previous === undefined) return;
      const move = { MoveToVersionId: previous, RemoveFromVersionId: version };
      await client.send(
        new sdk.UpdateSecretVersionStageCommand({
          SecretId: this.#to.secret,
          VersionStage: current,
          ...move,
        }),
      );
    }
    await this.#unstage(version, pending);
  }

  async #unstage(version: string, VersionStage: string): Promise<void> {
    if (!(await this.#stages())[version]?.includes(VersionStage)) return;
    const { client, sdk } = await this.#service();
    const SecretId = this.#to.secret;
    await client.send(
      new sdk.UpdateSecretVersionStageCommand({ SecretId, VersionStage, RemoveFromVersionId: version }),
    );
  }

  async #makeSecret(): Promise<void> {
    const { client, sdk } = await this.#service();
    const Name = this.#to.secret;
    if (await orNull(client.send(new sdk.DescribeSecretCommand({ SecretId: Name })), noSecret)) return;
    if (Name.startsWith('arn:')) throw new TerminalError(`there is no secret ${Name}`);
    const Tags = [{ Key: 'snapshut', Value: 'delivery' }];
    const Description = 'A key that Snapshut replaced; the owner reads its current version';
    await client.send(new sdk.CreateSecretCommand({ Name, Description, Tags }));
  }

  /** The fields that the owner's secret has beside the key. */
  async #current(): Promise<{ [name: string]: unknown }> {
    return (await this.#value({ VersionStage: current })) ?? {};
  }

  async #value(
    which: { VersionId: string } | { VersionStage: string },
  ): Promise<{ [name: string]: unknown } | null> {
    const { client, sdk } = await this.#service();
    const get = new sdk.GetSecretValueCommand({ SecretId: this.#to.secret, ...which });
    const said = await orNull(client.send(get), noSecret);
    if (said?.SecretString === undefined && said?.SecretBinary === undefined) return null;
    const value = parsed(said.SecretString);
    if (!isFields(value)) throw new TerminalError(`${this.#to.secret} holds something else than JSON fields`);
    return value;
  }

  async #stages(): Promise<{ [version: string]: string[] }> {
    const { client, sdk } = await this.#service();
    const describe = new sdk.DescribeSecretCommand({ SecretId: this.#to.secret });
    return (await orNull(client.send(describe), noSecret))?.VersionIdsToStages ?? {};
  }

  #service() {
    return secretsOf(this.#clients, this.#to);
  }
}

const pending = 'AWSPENDING';
const current = 'AWSCURRENT';

function renamed(
  fields: { readonly [name: string]: string },
  names: { readonly [name: string]: string } = {},
): { [name: string]: string } {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [names[name] ?? name, value]));
}

/** Null where it is no JSON; what it is must not get into an error. */
function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}
