import { TerminalError } from '../../../errors.ts';
import { ec2Of, filter } from '../ec2.ts';
import { type Recorder, stateOf } from './recorder.ts';

/** VPC flow logs: there or deleted, nothing between. */
export const flowLogs: Recorder = {
  service: 'flow-log',
  calls: { read: ['ec2:DescribeFlowLogs'], write: [] },
  owns: (id) => id.startsWith('fl-'),

  async read(clients, place, id) {
    const { client, sdk } = await ec2Of(clients, place);
    const said = await client.send(
      new sdk.DescribeFlowLogsCommand({ Filter: [filter('flow-log-id', [id])] }),
    );
    return stateOf('flow-log', id, said.FlowLogs?.length ? { on: true } : null);
  },

  async set(_, __, id) {
    throw new TerminalError(`${id} was deleted, and AWS does not say any more what it was`);
  },

  async *list(clients, place) {
    const { client, sdk } = await ec2Of(clients, place);
    let NextToken: string | undefined;
    do {
      const page = await client.send(new sdk.DescribeFlowLogsCommand({ MaxResults: 1000, NextToken }));
      yield (page.FlowLogs ?? []).flatMap((one) => one.FlowLogId ?? []);
      NextToken = page.NextToken || undefined;
    } while (NextToken);
  },

  hints: { 'flow-log': async (_, __, id) => [id] },
};
