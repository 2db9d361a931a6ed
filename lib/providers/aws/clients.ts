import { callTimeouts } from '../../call-timeouts.ts';
import type { InternalCa } from '../../certificates/reissue.ts';
import { TerminalError } from '../../errors.ts';

/** Where a call goes. */
export interface Place {
  account: string;
  region: string;
}

export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}

/** An account as the policy file names it; without a role the present credentials are its own. */
export interface AwsAccount {
  account: string;
  role?: string;
  externalId?: string;
}

/** What every client of a place is made from. Endpoints and credentials of the environment are the SDK's. */
export interface ClientConfig {
  region: string;
  maxAttempts: number;
  retryMode: 'adaptive';
  customUserAgent: string;
  requestHandler: typeof callTimeouts;
  endpoint?: string;
  credentials?: AwsCredentials | (() => Promise<AwsCredentials>);
}

export interface ClientsOptions {
  accounts: readonly AwsAccount[];
  version: string;
  /** For a local AWS that the environment does not name (the sandbox, tests). */
  endpoint?: string;
  credentials?: AwsCredentials;
  /** For questions about a span of time; without it they are not asked. */
  now?: () => Date;
  /** Whether a rule or a queue of this name is this service's own; without it none is. */
  isOwn?: (name: string) => boolean;
  /** Who made the certificates that are renewed; without it none is. */
  internalCa?: InternalCa | null;
}

/** One client per service, account and region, made when it is first asked for and kept with its connections. */
export class Clients {
  readonly #options: ClientsOptions;
  readonly #made = new Map<string, Promise<unknown>>();

  constructor(options: ClientsOptions) {
    this.#options = options;
  }

  /** `make` imports the service's SDK: nothing is loaded for a service that no event touches. */
  get<Client>(
    service: string,
    place: Place,
    make: (config: ClientConfig) => Promise<Client>,
  ): Promise<Client> {
    const key = `${service}/${place.account}/${place.region}`;
    const known = this.#made.get(key);
    // The key names the service, and each service has one `make`.
    if (known) return known as Promise<Client>;
    const client = this.#configFor(place).then(make);
    this.#made.set(key, client);
    client.catch(() => this.#made.delete(key));
    return client;
  }

  /** The clock of the composition root, or null where none was given. */
  now(): Date | null {
    return this.#options.now?.() ?? null;
  }

  isOwn(name: string): boolean {
    return this.#options.isOwn?.(name) ?? false;
  }

  internalCa(): InternalCa | null {
    return this.#options.internalCa ?? null;
  }

  async #configFor({ account, region }: Place): Promise<ClientConfig> {
    const known = this.#options.accounts.find((one) => one.account === account);
    if (!known) throw new TerminalError(`account ${account} is not configured`);
    const own = this.#ownConfig(region);
    return known.role ? { ...own, credentials: assumed(known, own) } : own;
  }

  #ownConfig(region: string): ClientConfig {
    const { version, endpoint, credentials } = this.#options;
    return {
      region,
      maxAttempts: 5,
      retryMode: 'adaptive',
      customUserAgent: `snapshut/${version}`,
      requestHandler: callTimeouts,
      ...(endpoint && { endpoint }),
      ...(credentials && { credentials }),
    };
  }

  /** The account that the present credentials belong to. Needs no permission. */
  async callerAccount(region: string): Promise<string> {
    const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
    const { Account } = await new STSClient(this.#ownConfig(region)).send(new GetCallerIdentityCommand({}));
    if (!Account) throw new TerminalError('STS does not say which account the present credentials belong to');
    return Account;
  }
}

/** The SDK calls this again shortly before the credentials expire. */
function assumed(account: AwsAccount, own: ClientConfig): () => Promise<AwsCredentials> {
  return async () => {
    const { AssumeRoleCommand, STSClient } = await import('@aws-sdk/client-sts');
    const { Credentials } = await new STSClient(own).send(
      new AssumeRoleCommand({
        RoleArn: account.role,
        RoleSessionName: 'snapshut',
        ...(account.externalId && { ExternalId: account.externalId }),
      }),
    );
    if (!Credentials?.AccessKeyId || !Credentials.SecretAccessKey || !Credentials.SessionToken) {
      throw new TerminalError(`STS gave no credentials for ${account.role}`);
    }
    return {
      accessKeyId: Credentials.AccessKeyId,
      secretAccessKey: Credentials.SecretAccessKey,
      sessionToken: Credentials.SessionToken,
      ...(Credentials.Expiration && { expiration: Credentials.Expiration }),
    };
  };
}

/** The calls of this file. */
export const calls = { read: ['sts:GetCallerIdentity'], write: ['sts:AssumeRole'] } as const;
