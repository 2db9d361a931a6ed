import type { PublicAccessBlock } from '../../kinds/bucket.ts';
import type { Json } from '../../model.ts';
import type { Clients } from './clients.ts';
import { isAws } from './errors.ts';
import { blockOf, noBlock, withSwitch } from './public-access-block.ts';
import { s3ControlOf } from './services.ts';

/** What the account blocks for all its buckets. */
export async function readAccountBlock(clients: Clients, account: string): Promise<PublicAccessBlock> {
  const { client, sdk } = await s3ControlOf(clients, { account, region: 'global' });
  try {
    const said = await client.send(new sdk.GetPublicAccessBlockCommand({ AccountId: account }));
    return said.PublicAccessBlockConfiguration ? blockOf(said.PublicAccessBlockConfiguration) : noBlock;
  } catch (error) {
    if (isAws(error, 'NoSuchPublicAccessBlockConfiguration')) return noBlock;
    throw error;
  }
}

export async function setAccountBlock(
  clients: Clients,
  account: string,
  name: string,
  to: Json,
): Promise<void> {
  const { client, sdk } = await s3ControlOf(clients, { account, region: 'global' });
  const next = withSwitch(await readAccountBlock(clients, account), name, to);
  const AccountId = account;
  if (next === null) await client.send(new sdk.DeletePublicAccessBlockCommand({ AccountId }));
  else
    await client.send(
      new sdk.PutPublicAccessBlockCommand({ AccountId, PublicAccessBlockConfiguration: next }),
    );
}
