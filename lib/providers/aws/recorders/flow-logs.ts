import type { CreateFlowLogsRequest, FlowLog, FlowLogsResourceType } from '@aws-sdk/client-ec2';
import { RetryableError, TerminalError } from '../../../errors.ts';
import type { Json } from '../../../model.ts';
import type { Clients, Place } from '../clients.ts';
import { allPages, ec2Of, filter } from '../ec2.ts';
import { isAws, orNull } from '../errors.ts';
import { flowLogBefore } from './from-config.ts';
import { type Recorder, restores, shapeOf, stateOf, wordsOf } from './recorder.ts';

/** VPC flow logs: there or deleted, nothing between. The id is the flow log's, also when another stands in its place. */
export const flowLogs: Recorder = {
  service: 'flow-log',
  calls: {
    read: [
      'ec2:DescribeFlowLogs',
      'ec2:DescribeVpcs',
      'ec2:DescribeSubnets',
      'ec2:DescribeNetworkInterfaces',
    ],
    write: ['ec2:CreateFlowLogs', 'ec2:CreateTags', 'ec2:DeleteFlowLogs', 'iam:PassRole'],
  },
  owns: (id) => id.startsWith('fl-'),

  async read(clients, place, id) {
    const found = await flowLogOf(clients, place, id);
    return stateOf('flow-log', found?.FlowLogId ?? id, found && { on: true, shape: shape(found) });
  },

  async set(clients, place, id, setting, to) {
    if (setting !== 'shape') throw new TerminalError(`a flow log has no setting ${setting}`);
    const found = await flowLogOf(clients, place, id);
    if (to !== null && found === null) await make(clients, place, id, to);
    else if (to === null && found?.FlowLogId) {
      const { client, sdk } = await ec2Of(clients, place);
      await client.send(new sdk.DeleteFlowLogsCommand({ FlowLogIds: [found.FlowLogId] }));
    }
  },

  shapeBefore(before, id) {
    const said = flowLogBefore(before, id);
    // Config's words for it are EC2's own.
    return said && shape(said as FlowLog);
  },

  async isMoot(clients, place, shape) {
    const [watched = ''] = wordsOf<CreateFlowLogsRequest>(shape).ResourceIds ?? [];
    return !(await isThere(clients, place, watched));
  },

  async *list(clients, place) {
    yield (await everyFlowLog(clients, place)).flatMap((one) => one.FlowLogId ?? []);
  },

  hints: { 'flow-log': async (_, __, id) => [id] },
};

async function everyFlowLog(clients: Clients, place: Place): Promise<FlowLog[]> {
  const { client, sdk } = await ec2Of(clients, place);
  return allPages(async (NextToken) => {
    const page = await client.send(new sdk.DescribeFlowLogsCommand({ MaxResults: 1000, NextToken }));
    return { items: page.FlowLogs, next: page.NextToken };
  });
}

/** The flow log, or the one that was made in its place: EC2 gives a new id. */
async function flowLogOf(clients: Clients, place: Place, id: string): Promise<FlowLog | null> {
  const { client, sdk } = await ec2Of(clients, place);
  const command = new sdk.DescribeFlowLogsCommand({ Filter: [filter('flow-log-id', [id])] });
  const [itself] = (await client.send(command)).FlowLogs ?? [];
  if (itself) return itself;
  const others = await everyFlowLog(clients, place);
  return others.find((one) => one.Tags?.some((tag) => tag.Key === restores && tag.Value === id)) ?? null;
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html */
function shape(said: FlowLog): Json {
  const { ResourceId = '', TrafficType, LogDestinationType, LogDestination, LogGroupName } = said;
  const tags = (said.Tags ?? []).filter((tag) => tag.Key !== restores);
  return shapeOf({
    ResourceIds: [ResourceId],
    ResourceType: typeOf(ResourceId),
    TrafficType,
    LogDestinationType,
    // A log group is named in one of two ways, and refused in both.
    ...(LogGroupName ? { LogGroupName } : { LogDestination }),
    DeliverLogsPermissionArn: said.DeliverLogsPermissionArn,
    DeliverCrossAccountRole: said.DeliverCrossAccountRole,
    LogFormat: said.LogFormat,
    MaxAggregationInterval: said.MaxAggregationInterval,
    DestinationOptions: said.DestinationOptions,
    TagSpecifications: [
      {
        ResourceType: 'vpc-flow-log',
        Tags: tags.toSorted((a, b) => ((a.Key ?? '') < (b.Key ?? '') ? -1 : 1)),
      },
    ],
  });
}

const types: [prefix: string, type: FlowLogsResourceType][] = [
  ['subnet-', 'Subnet'],
  ['eni-', 'NetworkInterface'],
  ['tgw-attach-', 'TransitGatewayAttachment'],
  ['tgw-', 'TransitGateway'],
];

function typeOf(watched: string): FlowLogsResourceType {
  return types.find(([prefix]) => watched.startsWith(prefix))?.[1] ?? 'VPC';
}

/** Whether what it watches is there; a transit gateway, which hardly anybody deletes, is taken to be. */
async function isThere(clients: Clients, place: Place, id: string): Promise<boolean> {
  const { client, sdk } = await ec2Of(clients, place);
  const absent = (error: unknown) => isAws(error, ...noSuchThing);
  if (id.startsWith('vpc-'))
    return (await orNull(client.send(new sdk.DescribeVpcsCommand({ VpcIds: [id] })), absent)) !== null;
  if (id.startsWith('subnet-'))
    return (await orNull(client.send(new sdk.DescribeSubnetsCommand({ SubnetIds: [id] })), absent)) !== null;
  if (!id.startsWith('eni-')) return true;
  const command = new sdk.DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [id] });
  return (await orNull(client.send(command), absent)) !== null;
}

const noSuchThing = [
  'InvalidVpcID.NotFound',
  'InvalidSubnetID.NotFound',
  'InvalidNetworkInterfaceID.NotFound',
  'InvalidNetworkInterfaceId.NotFound',
];

async function make(clients: Clients, place: Place, id: string, shape: Json): Promise<void> {
  const { client, sdk } = await ec2Of(clients, place);
  const words = wordsOf<CreateFlowLogsRequest>(shape);
  const Tags = [...(words.TagSpecifications?.[0]?.Tags ?? []), { Key: restores, Value: id }];
  const TagSpecifications = [{ ResourceType: 'vpc-flow-log' as const, Tags }];
  const said = await client.send(new sdk.CreateFlowLogsCommand({ ...words, TagSpecifications }));
  const refused = said.Unsuccessful?.[0]?.Error;
  if (!refused) return;
  const why = `${id} could not be made anew: ${refused.Code} ${refused.Message ?? ''}`;
  throw refused.Code === 'InternalError' ? new RetryableError(why) : new TerminalError(why);
}
