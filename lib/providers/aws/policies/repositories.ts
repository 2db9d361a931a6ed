import { isAws, orNull } from '../errors.ts';
import { ecrOf } from '../services.ts';
import { arnOf, nameIn } from './holder.ts';
import { textHolder } from './text-holder.ts';

export const repositories = textHolder({
  service: 'ecr',
  calls: {
    read: ['ecr:GetRepositoryPolicy', 'ecr:DescribeRepositories'],
    write: ['ecr:SetRepositoryPolicy', 'ecr:DeleteRepositoryPolicy'],
  },

  async held(clients, place, arn) {
    const { client, sdk } = await ecrOf(clients, place);
    const repositoryName = nameIn(arn, 'repository/');
    try {
      const said = await client.send(new sdk.GetRepositoryPolicyCommand({ repositoryName }));
      return { policy: said.policyText ?? null, name: repositoryName };
    } catch (error) {
      if (isAws(error, 'RepositoryPolicyNotFoundException')) return { policy: null, name: repositoryName };
      if (isAws(error, 'RepositoryNotFoundException')) return null;
      throw error;
    }
  },

  async write(clients, place, arn, policyText) {
    const { client, sdk } = await ecrOf(clients, place);
    const repositoryName = nameIn(arn, 'repository/');
    if (policyText !== null) {
      await client.send(new sdk.SetRepositoryPolicyCommand({ repositoryName, policyText }));
      return;
    }
    const command = new sdk.DeleteRepositoryPolicyCommand({ repositoryName });
    await orNull(client.send(command), (error) => isAws(error, 'RepositoryPolicyNotFoundException'));
  },

  async *list(clients, place) {
    const { client, sdk } = await ecrOf(clients, place);
    let nextToken: string | undefined;
    do {
      const page = await client.send(new sdk.DescribeRepositoriesCommand({ maxResults: 1000, nextToken }));
      yield (page.repositories ?? []).flatMap((one) => one.repositoryArn ?? []);
      nextToken = page.nextToken || undefined;
    } while (nextToken);
  },

  hints: { repository: async (_, place, name) => [arnOf('ecr', place, `repository/${name}`)] },
});
