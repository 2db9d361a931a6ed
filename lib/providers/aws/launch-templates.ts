import { TerminalError } from '../../errors.ts';
import type { Change } from '../../model.ts';
import type { Reading } from '../../ports.ts';
import type { Clients, Place } from './clients.ts';
import { ec2Of, tagsOf } from './ec2.ts';
import { isAws, orNull } from './errors.ts';

const absent = (error: unknown) =>
  isAws(error, 'InvalidLaunchTemplateId.NotFound', 'InvalidLaunchTemplateId.Malformed');

/** A version cannot be changed: ours says which one it stands for, which is how the way back is found. */
const note = (version: number) => `tokens required by snapshut, from version ${version}`;
const noted = /^tokens required by snapshut, from version (\d+)$/;

async function defaultVersionOf(clients: Clients, place: Place, LaunchTemplateId: string) {
  const { client, sdk } = await ec2Of(clients, place);
  const of = { LaunchTemplateId, Versions: ['$Default'] };
  const said = await orNull(client.send(new sdk.DescribeLaunchTemplateVersionsCommand(of)), absent);
  return said?.LaunchTemplateVersions?.[0] ?? null;
}

/** What machines get that are made from the template's default version. */
export async function readTemplate(
  clients: Clients,
  place: Place,
  LaunchTemplateId: string,
): Promise<Reading> {
  const { client, sdk } = await ec2Of(clients, place);
  const command = new sdk.DescribeLaunchTemplatesCommand({ LaunchTemplateIds: [LaunchTemplateId] });
  const about = (await orNull(client.send(command), absent))?.LaunchTemplates?.[0];
  const version = about && (await defaultVersionOf(clients, place, LaunchTemplateId));
  if (!about || !version) return { status: 'gone' };
  const options = version.LaunchTemplateData?.MetadataOptions ?? {};
  const settings = {
    httpTokens: options.HttpTokens ?? 'optional',
    httpEndpoint: options.HttpEndpoint ?? 'enabled',
  };
  const { LaunchTemplateName: name = null } = about;
  const facts = { tags: tagsOf(about.Tags), service: 'launch-template', status: 'default version' } as const;
  return { status: 'found', state: { kind: 'instance', name, ...facts, tokenlessCalls: null, settings } };
}

export async function applyToTemplate(
  clients: Clients,
  place: Place,
  LaunchTemplateId: string,
  change: Change,
) {
  const to = change.op === 'set' && change.id === 'httpTokens' ? change.to : null;
  if (to !== 'required' && to !== 'optional')
    throw new TerminalError('a launch template has no such setting');
  const version = await defaultVersionOf(clients, place, LaunchTemplateId);
  if (!version) return;
  if ((version.LaunchTemplateData?.MetadataOptions?.HttpTokens ?? 'optional') === to) return;
  const { client, sdk } = await ec2Of(clients, place);
  if (to === 'optional') {
    const [, before] = noted.exec(version.VersionDescription ?? '') ?? [];
    if (!before)
      throw new TerminalError(`the default version of ${LaunchTemplateId} is not the one that we made`);
    // Our version stays, used by nobody: somebody may have started a machine from it.
    await client.send(new sdk.ModifyLaunchTemplateCommand({ LaunchTemplateId, DefaultVersion: before }));
    return;
  }
  const { HttpEndpoint, HttpPutResponseHopLimit, HttpProtocolIpv6, InstanceMetadataTags } =
    version.LaunchTemplateData?.MetadataOptions ?? {};
  const options = { HttpEndpoint, HttpPutResponseHopLimit, HttpProtocolIpv6, InstanceMetadataTags };
  const made = await client.send(
    new sdk.CreateLaunchTemplateVersionCommand({
      LaunchTemplateId,
      SourceVersion: String(version.VersionNumber),
      VersionDescription: note(version.VersionNumber ?? 0),
      LaunchTemplateData: { MetadataOptions: { ...options, HttpTokens: to } },
    }),
  );
  const DefaultVersion = String(made.LaunchTemplateVersion?.VersionNumber);
  await client.send(new sdk.ModifyLaunchTemplateCommand({ LaunchTemplateId, DefaultVersion }));
}

export async function* listTemplates(clients: Clients, place: Place): AsyncIterable<string[]> {
  const { client, sdk } = await ec2Of(clients, place);
  let NextToken: string | undefined;
  do {
    const page = await client.send(new sdk.DescribeLaunchTemplatesCommand({ MaxResults: 200, NextToken }));
    yield (page.LaunchTemplates ?? []).flatMap((one) => one.LaunchTemplateId ?? []);
    NextToken = page.NextToken || undefined;
  } while (NextToken);
}
