import { isAws, orNull } from '../errors.ts';
import { openSearchOf } from '../services.ts';
import { arnOf, nameIn } from './holder.ts';
import { textHolder } from './text-holder.ts';

/** OpenSearch and Elasticsearch domains, which share one name space and one API. */
export const domains = textHolder({
  service: 'es',
  calls: {
    read: ['es:DescribeDomainConfig', 'es:ListDomainNames'],
    write: ['es:UpdateDomainConfig'],
  },

  async held(clients, place, arn) {
    const { client, sdk } = await openSearchOf(clients, place);
    const DomainName = nameIn(arn, 'domain/');
    // The configuration shows what was asked for last, also while the domain is still taking it on.
    const command = new sdk.DescribeDomainConfigCommand({ DomainName });
    const said = await orNull(client.send(command), (error) => isAws(error, 'ResourceNotFoundException'));
    if (said === null) return null;
    // In a VPC the network decides first, and an open policy is AWS's own advice.
    const inVpc = Boolean(said.DomainConfig?.VPCOptions?.Options?.VPCId);
    return { policy: inVpc ? null : said.DomainConfig?.AccessPolicies?.Options || null, name: DomainName };
  },

  async write(clients, place, arn, policy) {
    const { client, sdk } = await openSearchOf(clients, place);
    const DomainName = nameIn(arn, 'domain/');
    await client.send(new sdk.UpdateDomainConfigCommand({ DomainName, AccessPolicies: policy ?? '' }));
  },

  async *list(clients, place) {
    const { client, sdk } = await openSearchOf(clients, place);
    const said = await client.send(new sdk.ListDomainNamesCommand({}));
    yield (said.DomainNames ?? []).map((one) => arnOf('es', place, `domain/${one.DomainName}`));
  },

  hints: { domain: async (_, place, name) => [arnOf('es', place, `domain/${name}`)] },
});
