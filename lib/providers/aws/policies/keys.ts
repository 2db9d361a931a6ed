import { isAws, orNull } from '../errors.ts';
import { kmsOf } from '../services.ts';
import { textHolder } from './text-holder.ts';

const noKey = (error: unknown) => isAws(error, 'NotFoundException');

/** A key's one policy is called `default`, and there is always one. */
export const keys = textHolder({
  service: 'kms',
  calls: {
    read: ['kms:GetKeyPolicy', 'kms:DescribeKey', 'kms:ListKeys'],
    write: ['kms:PutKeyPolicy'],
  },

  async held(clients, place, KeyId) {
    const { client, sdk } = await kmsOf(clients, place);
    const about = await orNull(client.send(new sdk.DescribeKeyCommand({ KeyId })), noKey);
    // A key on its way to deletion cannot be used or changed; one of AWS's own is not ours to change.
    if (!about || about.KeyMetadata?.KeyState === 'PendingDeletion') return null;
    if (about.KeyMetadata?.KeyManager === 'AWS') return { policy: null, name: KeyId };
    const said = await orNull(
      client.send(new sdk.GetKeyPolicyCommand({ KeyId, PolicyName: 'default' })),
      noKey,
    );
    return said && { policy: said.Policy ?? null, name: about.KeyMetadata?.Description || KeyId };
  },

  async write(clients, place, KeyId, policy) {
    if (policy === null) throw new Error('a key without a policy could never be used or deleted again');
    const { client, sdk } = await kmsOf(clients, place);
    await client.send(new sdk.PutKeyPolicyCommand({ KeyId, PolicyName: 'default', Policy: policy }));
  },

  async *list(clients, place) {
    const { client, sdk } = await kmsOf(clients, place);
    let Marker: string | undefined;
    do {
      const page = await client.send(new sdk.ListKeysCommand({ Limit: 1000, Marker }));
      yield (page.Keys ?? []).flatMap((key) => key.KeyArn ?? []);
      Marker = page.NextMarker || undefined;
    } while (Marker);
  },

  hints: {
    /** A key's id, its ARN or an alias. */
    async key(clients, place, KeyId) {
      const { client, sdk } = await kmsOf(clients, place);
      const about = await orNull(client.send(new sdk.DescribeKeyCommand({ KeyId })), noKey);
      return about?.KeyMetadata?.Arn ? [about.KeyMetadata.Arn] : [];
    },
  },
});
