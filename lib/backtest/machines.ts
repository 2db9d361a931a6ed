import { elements, field, isFields, text } from '../events/json.ts';
import type { Json } from '../model.ts';
import type { Call, Reducer, Said, Step } from './deed.ts';
import { tagsIn } from './tags.ts';

/** Machines and the templates that they are made from: how their metadata service asks who calls. */
export const machineReducers: { [name: string]: Reducer } = {
  RunInstances: started,
  ModifyInstanceMetadataOptions: ({ request, response }) => {
    const id = text(response, 'instanceId') ?? text(request, 'instanceId');
    const values = optionsIn(field(response, 'instanceMetadataOptions')) ?? optionsIn(request);
    return id === null || values === null ? [] : [said(id, { do: 'set', part: 'settings', values })];
  },
  TerminateInstances: ({ request }) =>
    elements(field(request, 'instancesSet')).flatMap((one) => {
      const id = text(one, 'instanceId');
      return id === null ? [] : [said(id, { do: 'end' })];
    }),
  CreateLaunchTemplate: templated,
  CreateLaunchTemplateVersion: versioned,
  ModifyLaunchTemplate: (call) => {
    const id = templateOf(call);
    const version = field(call.request, 'setDefaultVersion') ?? field(call.request, 'defaultVersion');
    if (id === null || version === undefined) return [];
    const gives = ['httpTokens', 'httpEndpoint'];
    return [said(id, { do: 'choose', part: 'settings', name: `version/${version}`, gives })];
  },
  DeleteLaunchTemplate: (call) => {
    const id = templateOf(call);
    return id === null ? [] : [said(id, { do: 'end' })];
  },
};

const said = (id: string, step: Step): Said => ({ kind: 'instance', id, step });

/** Null where nothing is said of them: then the image or the account decides, and no record tells how. */
function optionsIn(options: unknown): { [name: string]: Json } | null {
  const [httpTokens, httpEndpoint] = [text(options, 'httpTokens'), text(options, 'httpEndpoint')];
  const hopLimit = field(options, 'httpPutResponseHopLimit');
  const values = {
    ...(httpTokens !== null && { httpTokens }),
    ...(httpEndpoint !== null && { httpEndpoint }),
    ...(typeof hopLimit === 'number' && { hopLimit }),
  };
  return Object.keys(values).length === 0 ? null : values;
}

function started({ request, response }: Call): Said[] {
  const tags = tagsIn(request);
  const fields = { name: tags.Name ?? null, tags, service: 'instance', status: 'running' };
  return elements(field(response, 'instancesSet')).flatMap((one) => {
    const id = text(one, 'instanceId');
    if (id === null) return [];
    const values = optionsIn(field(one, 'metadataOptions')) ?? optionsIn(field(request, 'metadataOptions'));
    const made = said(id, { do: 'make', fields });
    return values === null ? [made] : [made, said(id, { do: 'set', part: 'settings', values })];
  });
}

function templateOf({ request, response }: Call): string | null {
  const told = field(response, 'launchTemplateVersion') ?? field(response, 'launchTemplate');
  const id = text(told, 'launchTemplateId') ?? text(request, 'launchTemplateId');
  return id ?? text(request, 'launchTemplateName');
}

/** A template that says nothing gives its machines no protection. */
function settingsOf(data: unknown): { [name: string]: Json } {
  return { httpTokens: 'optional', httpEndpoint: 'enabled', ...optionsIn(field(data, 'metadataOptions')) };
}

/** Its first version is the default one. */
function templated(call: Call): Said[] {
  const id = templateOf(call);
  const name = text(call.request, 'launchTemplateName');
  const data = field(call.request, 'launchTemplateData');
  if (id === null || !isFields(data)) return [];
  const settings = settingsOf(data);
  const values = { ...settings, 'version/1': settings };
  const fields = { name, tags: tagsIn(call.request), service: 'launch-template', status: 'default version' };
  const made = said(id, { do: 'make', fields });
  const set = said(id, { do: 'set', part: 'settings', values });
  return [name === null ? made : { ...made, names: { alias: name } }, set];
}

/** What a version inherits from another only the answer tells. */
function versioned(call: Call): Said[] {
  const id = templateOf(call);
  const version = field(call.response, 'launchTemplateVersion');
  const number = field(version, 'versionNumber');
  const inherits = field(call.request, 'sourceVersion') !== undefined;
  const asked = inherits ? undefined : field(call.request, 'launchTemplateData');
  const data = field(version, 'launchTemplateData') ?? asked;
  if (id === null || number === undefined || !isFields(data)) return [];
  const settings = settingsOf(data);
  const isDefault = field(version, 'defaultVersion') === true;
  const values = { [`version/${number}`]: settings, ...(isDefault && settings) };
  const fields = { service: 'launch-template', name: text(version, 'launchTemplateName') ?? id };
  return [said(id, { do: 'note', fields }), said(id, { do: 'set', part: 'settings', values })];
}
