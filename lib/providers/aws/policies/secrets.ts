import { isAws, orNull } from '../errors.ts';
import { secretsOf } from '../services.ts';
import { nameIn } from './holder.ts';
import { textHolder } from './text-holder.ts';

const noSecret = (error: unknown) => isAws(error, 'ResourceNotFoundException');

export const secrets = textHolder({
  service: 'secretsmanager',
  calls: {
    read: ['secretsmanager:GetResourcePolicy', 'secretsmanager:DescribeSecret', 'secretsmanager:ListSecrets'],
    write: ['secretsmanager:PutResourcePolicy', 'secretsmanager:DeleteResourcePolicy'],
  },

  async held(clients, place, SecretId) {
    const { client, sdk } = await secretsOf(clients, place);
    const said = await orNull(client.send(new sdk.GetResourcePolicyCommand({ SecretId })), noSecret);
    return said && { policy: said.ResourcePolicy || null, name: said.Name ?? nameIn(SecretId, 'secret:') };
  },

  async write(clients, place, SecretId, ResourcePolicy) {
    const { client, sdk } = await secretsOf(clients, place);
    if (ResourcePolicy === null) await client.send(new sdk.DeleteResourcePolicyCommand({ SecretId }));
    else await client.send(new sdk.PutResourcePolicyCommand({ SecretId, ResourcePolicy }));
  },

  async *list(clients, place) {
    const { client, sdk } = await secretsOf(clients, place);
    let NextToken: string | undefined;
    do {
      const page = await client.send(new sdk.ListSecretsCommand({ MaxResults: 100, NextToken }));
      yield (page.SecretList ?? []).flatMap((secret) => secret.ARN ?? []);
      NextToken = page.NextToken || undefined;
    } while (NextToken);
  },

  hints: {
    /** A secret's name or ARN, the ARN with or without its random end. */
    async secret(clients, place, SecretId) {
      const { client, sdk } = await secretsOf(clients, place);
      const said = await orNull(client.send(new sdk.DescribeSecretCommand({ SecretId })), noSecret);
      return said?.ARN ? [said.ARN] : [];
    },
  },
});
