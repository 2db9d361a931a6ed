import { isAws, orNull } from '../errors.ts';
import { snsOf } from '../services.ts';
import { nameIn } from './holder.ts';
import { textHolder } from './text-holder.ts';

export const topics = textHolder({
  service: 'sns',
  calls: { read: ['sns:GetTopicAttributes', 'sns:ListTopics'], write: ['sns:SetTopicAttributes'] },

  async held(clients, place, TopicArn) {
    const { client, sdk } = await snsOf(clients, place);
    const command = new sdk.GetTopicAttributesCommand({ TopicArn });
    const said = await orNull(client.send(command), (error) => isAws(error, 'NotFoundException', 'NotFound'));
    return said && { policy: said.Attributes?.Policy || null, name: nameIn(TopicArn) };
  },

  async write(clients, place, TopicArn, policy) {
    const { client, sdk } = await snsOf(clients, place);
    const of = { TopicArn, AttributeName: 'Policy', AttributeValue: policy ?? '' };
    await client.send(new sdk.SetTopicAttributesCommand(of));
  },

  async *list(clients, place) {
    const { client, sdk } = await snsOf(clients, place);
    let NextToken: string | undefined;
    do {
      const page = await client.send(new sdk.ListTopicsCommand({ NextToken }));
      yield (page.Topics ?? []).flatMap((topic) => topic.TopicArn ?? []);
      NextToken = page.NextToken || undefined;
    } while (NextToken);
  },

  hints: { topic: async (_, __, arn) => [arn] },
});
