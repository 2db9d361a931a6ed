import { TerminalError } from '../../errors.ts';
import type { AccountState } from '../../kinds/account.ts';
import type { Reading } from '../../ports.ts';
import { readAccountBlock, setAccountBlock } from './account-block.ts';
import type { Adapter } from './adapter.ts';
import type { Clients, Place } from './clients.ts';
import { ec2Of } from './ec2.ts';
import { liveBuckets } from './live-buckets.ts';
import { oneByOne } from './one-by-one.ts';
import { isSwitch } from './public-access-block.ts';
import { iamOf } from './services.ts';

/** The account itself: what it sets for all of its resources. Its id is the account's. */
export const account: Adapter = {
  kind: 'account',
  isGlobal: 'both',
  calls: {
    read: [
      's3:GetAccountPublicAccessBlock',
      's3:ListAllMyBuckets',
      'iam:GetAccountSummary',
      'ec2:GetEbsEncryptionByDefault',
    ],
    write: [
      's3:PutAccountPublicAccessBlock',
      'ec2:EnableEbsEncryptionByDefault',
      'ec2:DisableEbsEncryptionByDefault',
    ],
  },

  read: (clients, place, ids) =>
    oneByOne(ids, (id) => {
      if (id !== place.account) throw new TerminalError(`${id} is not the account ${place.account}`);
      return place.region === 'global' ? readWorldwide(clients, place) : readRegional(clients, place);
    }),

  async lookFurther(clients, place, state) {
    if (state.kind !== 'account' || place.region !== 'global') return state;
    return { ...state, live: await liveBuckets(clients, place) };
  },

  async apply(clients, place, id, change) {
    if (change.op !== 'set') throw new TerminalError('an account has settings only');
    if (isSwitch(change.id)) await setAccountBlock(clients, id, change.id, change.to);
    else if (change.id === 'ebsEncryptionByDefault')
      await setEbsEncryption(clients, place, change.to === true);
    else throw new TerminalError(`an account has no setting ${change.id}`);
    return change;
  },

  async *list(_, place) {
    yield [place.account];
  },

  hints: {
    'account-worldwide': async (_, place) => [place.account],
    'account-settings': async (_, place) => [place.account],
  },
};

async function readWorldwide(clients: Clients, place: Place): Promise<Reading> {
  const { client, sdk } = await iamOf(clients, place);
  const [block, summary] = await Promise.all([
    readAccountBlock(clients, place.account),
    client.send(new sdk.GetAccountSummaryCommand({})),
  ]);
  const said = summary.SummaryMap ?? {};
  const facts = {
    rootAccessKeys: said.AccountAccessKeysPresent ?? 0,
    rootMfa: (said.AccountMFAEnabled ?? 0) > 0,
  };
  const state: AccountState = { kind: 'account', name: null, tags: {}, settings: block, facts };
  return { status: 'found', state };
}

async function readRegional(clients: Clients, place: Place): Promise<Reading> {
  const { client, sdk } = await ec2Of(clients, place);
  const said = await client.send(new sdk.GetEbsEncryptionByDefaultCommand({}));
  const settings = { ebsEncryptionByDefault: said.EbsEncryptionByDefault ?? false };
  return { status: 'found', state: { kind: 'account', name: null, tags: {}, settings, facts: {} } };
}

async function setEbsEncryption(clients: Clients, place: Place, on: boolean): Promise<void> {
  const { client, sdk } = await ec2Of(clients, place);
  if (on) await client.send(new sdk.EnableEbsEncryptionByDefaultCommand({}));
  else await client.send(new sdk.DisableEbsEncryptionByDefaultCommand({}));
}
