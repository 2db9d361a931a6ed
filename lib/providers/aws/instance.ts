import type { Instance } from '@aws-sdk/client-ec2';
import { TerminalError } from '../../errors.ts';
import type { InstanceState } from '../../kinds/instance.ts';
import type { Change } from '../../model.ts';
import type { Reading } from '../../ports.ts';
import type { Adapter } from './adapter.ts';
import type { Clients, Place } from './clients.ts';
import { chunks, ec2Of, filter, filterMax, tagsOf } from './ec2.ts';
import { isAws, orNull } from './errors.ts';
import { applyToTemplate, listTemplates, readTemplate } from './launch-templates.ts';
import { oneByOne } from './one-by-one.ts';
import { tokenlessCallsOf } from './tokenless-calls.ts';

const absent = (error: unknown) => isAws(error, 'InvalidInstanceID.NotFound', 'InvalidInstanceID.Malformed');
const isTemplate = (id: string) => id.startsWith('lt-');

/** Machines and the launch templates that they are made from: how their metadata service asks who calls. */
export const instance: Adapter = {
  kind: 'instance',
  calls: {
    read: [
      'ec2:DescribeInstances',
      'ec2:DescribeLaunchTemplates',
      'ec2:DescribeLaunchTemplateVersions',
      'cloudwatch:GetMetricStatistics',
    ],
    write: [
      'ec2:ModifyInstanceMetadataOptions',
      'ec2:CreateLaunchTemplateVersion',
      'ec2:ModifyLaunchTemplate',
    ],
  },

  async read(clients, place, ids) {
    const batches = chunks(
      ids.filter((id) => !isTemplate(id)),
      filterMax,
    );
    const machines = await Promise.all(batches.map((some) => readMachines(clients, place, some)));
    const templates = await oneByOne(ids.filter(isTemplate), (id) => readTemplate(clients, place, id));
    return new Map([...machines.flatMap((answers) => [...answers]), ...templates]);
  },

  async apply(clients, place, id, change) {
    if (isTemplate(id)) await applyToTemplate(clients, place, id, change);
    else await setOptions(clients, place, id, change);
    return change;
  },

  async *list(clients, place) {
    const { client, sdk } = await ec2Of(clients, place);
    let NextToken: string | undefined;
    do {
      const page = await client.send(new sdk.DescribeInstancesCommand({ MaxResults: 1000, NextToken }));
      const found = (page.Reservations ?? []).flatMap((one) => one.Instances ?? []);
      yield found.filter((one) => !isOver(one)).flatMap((one) => one.InstanceId ?? []);
      NextToken = page.NextToken || undefined;
    } while (NextToken);
    yield* listTemplates(clients, place);
  },

  hints: { machine: async (_, __, id) => [id] },
};

function isOver({ State }: Instance): boolean {
  return State?.Name === 'terminated' || State?.Name === 'shutting-down';
}

async function readMachines(
  clients: Clients,
  place: Place,
  ids: readonly string[],
): Promise<Map<string, Reading>> {
  const { client, sdk } = await ec2Of(clients, place);
  const found = new Map<string, Instance>();
  let NextToken: string | undefined;
  do {
    const Filters = [filter('instance-id', ids)];
    const page = await client.send(
      new sdk.DescribeInstancesCommand({ Filters, MaxResults: 1000, NextToken }),
    );
    const machines = (page.Reservations ?? []).flatMap((one) => one.Instances ?? []);
    for (const one of machines) if (!isOver(one)) found.set(one.InstanceId ?? '', one);
    NextToken = page.NextToken || undefined;
  } while (NextToken);
  return oneByOne(ids, async (id): Promise<Reading> => {
    const machine = found.get(id);
    if (!machine) return { status: 'gone' };
    return { status: 'found', state: await stateOf(clients, place, id, machine) };
  });
}

async function stateOf(
  clients: Clients,
  place: Place,
  id: string,
  machine: Instance,
): Promise<InstanceState> {
  const tags = tagsOf(machine.Tags);
  const options = machine.MetadataOptions ?? {};
  const httpTokens = options.HttpTokens ?? 'optional';
  const asked = httpTokens === 'optional' && options.HttpEndpoint !== 'disabled';
  return {
    kind: 'instance',
    name: tags.Name ?? null,
    tags,
    service: 'instance',
    status: machine.State?.Name ?? 'unknown',
    tokenlessCalls: asked ? await tokenlessCallsOf(clients, place, id) : null,
    settings: {
      httpTokens,
      httpEndpoint: options.HttpEndpoint ?? 'enabled',
      hopLimit: options.HttpPutResponseHopLimit ?? 1,
    },
  };
}

async function setOptions(clients: Clients, place: Place, InstanceId: string, change: Change): Promise<void> {
  const to = change.op === 'set' && change.id === 'httpTokens' ? change.to : null;
  if (to !== 'required' && to !== 'optional') throw new TerminalError('an instance has no such setting');
  const { client, sdk } = await ec2Of(clients, place);
  const described = client.send(new sdk.DescribeInstancesCommand({ InstanceIds: [InstanceId] }));
  const machine = (await orNull(described, absent))?.Reservations?.[0]?.Instances?.[0];
  if (!machine || isOver(machine)) return;
  // All of them are said again: what is left out must not fall back to a default.
  const { HttpEndpoint, HttpPutResponseHopLimit, HttpProtocolIpv6, InstanceMetadataTags } =
    machine.MetadataOptions ?? {};
  await client.send(
    new sdk.ModifyInstanceMetadataOptionsCommand({
      InstanceId,
      HttpTokens: to,
      HttpEndpoint,
      HttpPutResponseHopLimit,
      HttpProtocolIpv6,
      InstanceMetadataTags,
    }),
  );
}
