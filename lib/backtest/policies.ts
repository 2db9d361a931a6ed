import { elements, field, isFields, text } from '../events/json.ts';
import { elementsOf } from '../iam/document.ts';
import type { PolicyStatement } from '../kinds/statement.ts';
import type { Json } from '../model.ts';
import { arnOf } from './arns.ts';
import type { Call, Reducer, Said, Step } from './deed.ts';

type Reducers = { [name: string]: Reducer };

/** The statements of a policy that a record holds as JSON or as its text; null where it holds none that is one. */
export function statementsIn(policy: unknown): PolicyStatement[] | null {
  if (typeof policy === 'string') return policy === '' ? [] : elementsOf(policy);
  return isFields(policy) ? elementsOf(JSON.stringify(policy)) : null;
}

export function filled(part: string, policy: unknown): Step[] {
  const statements = statementsIn(policy);
  return statements === null ? [] : [{ do: 'fill', part, elements: statements }];
}

/** A resource with a policy of its own, and the calls that write it. */
export function holder(
  service: string,
  idIn: (call: Call) => string | null,
): (step: (call: Call) => Step[]) => Reducer {
  return (step) => (call) => {
    const id = idIn(call);
    if (id === null) return [];
    const name = id.split(/[:/]/).at(-1) ?? id;
    const told: Step = { do: 'note', fields: { service, name, owner: call.account } };
    const steps = step(call);
    return steps.length === 0 ? [] : [...steps, told].map((one): Said => ({ kind: 'policy', id, step: one }));
  };
}

export const ends = (): Step[] => [{ do: 'end' }];
export const emptied = (): Step[] => [{ do: 'fill', part: 'statements', elements: [] }];
export const policyAt =
  (...names: string[]) =>
  ({ request }: Call): Step[] => {
    const policy = names.map((name) => field(request, name)).find((one) => one !== undefined);
    return filled('statements', policy);
  };

const queue = holder('sqs', (call) => {
  const url = text(call.request, 'queueUrl') ?? text(call.response, 'queueUrl');
  const name = url === null ? null : /\/([\w-]+(?:\.fifo)?)$/.exec(url)?.[1];
  return name ? arnOf(call, 'sqs', name) : null;
});
const attributePolicy = ({ request }: Call): Step[] =>
  filled('statements', field(field(request, 'attributes') ?? field(request, 'attribute'), 'policy'));

/** What an old call adds: a statement by its label, for accounts of which it names the numbers. */
const labelled =
  (service: string) =>
  ({ request }: Call): Step[] => {
    const sid = text(request, 'label');
    const who = [...listed(field(request, 'aWSAccountIds')), ...listed(field(request, 'aWSAccountId'))];
    const actions = [...listed(field(request, 'actions')), ...listed(field(request, 'actionName'))];
    if (sid === null || who.length === 0) return [];
    const Action = actions.map((one) => (one.includes(':') ? one : `${service}:${one}`));
    return granted({ Sid: sid, Principal: { AWS: who }, Action });
  };
const unlabelled = ({ request }: Call): Step[] => taken(text(request, 'label'));

export function granted(part: { Sid: string; Principal: Json; Action: Json; Condition?: Json }): Step[] {
  const statement = { Effect: 'Allow', Resource: '*', ...part };
  const elements = statementsIn({ Version: '2012-10-17', Statement: [statement] });
  return elements === null ? [] : [{ do: 'put', part: 'statements', elements }];
}

export function taken(sid: string | null): Step[] {
  return sid === null ? [] : [{ do: 'take', part: 'statements', ids: [sid] }];
}

export const queueReducers: Reducers = {
  CreateQueue: queue(attributePolicy),
  SetQueueAttributes: queue(attributePolicy),
  AddPermission: queue(labelled('SQS')),
  RemovePermission: queue(unlabelled),
  DeleteQueue: queue(ends),
};

const topic = holder('sns', (call) => text(call.request, 'topicArn') ?? text(call.response, 'topicArn'));

export const topicReducers: Reducers = {
  SetTopicAttributes: topic(({ request }) =>
    text(request, 'attributeName') === 'Policy' ? filled('statements', field(request, 'attributeValue')) : [],
  ),
  CreateTopic: topic(attributePolicy),
  AddPermission: topic(labelled('SNS')),
  RemovePermission: topic(unlabelled),
  DeleteTopic: topic(ends),
};

const key = holder('kms', (call) => {
  const id = text(call.request, 'keyId') ?? text(field(call.response, 'keyMetadata'), 'keyId');
  if (id === null) return null;
  return id.startsWith('arn:') ? id : arnOf(call, 'kms', `key/${id}`);
});

export const keyReducers: Reducers = {
  PutKeyPolicy: key(policyAt('policy')),
  CreateKey: key(policyAt('policy')),
};

const repository = holder('ecr', (call) => {
  const name = text(call.request, 'repositoryName');
  return name === null ? null : arnOf(call, 'ecr', `repository/${name}`);
});

export const repositoryReducers: Reducers = {
  CreateRepository: repository(() => [{ do: 'make', fields: {} }]),
  SetRepositoryPolicy: repository(policyAt('policyText')),
  DeleteRepositoryPolicy: repository(emptied),
  DeleteRepository: repository(ends),
};

const secret = holder('secretsmanager', (call) => {
  const arn = [text(call.response, 'ARN'), text(call.response, 'arn'), text(call.request, 'secretId')];
  return arn.find((one) => one?.startsWith('arn:')) ?? null;
});

export const secretReducers: Reducers = {
  CreateSecret: secret(() => [{ do: 'make', fields: {} }]),
  DeleteSecret: secret(ends),
  PutResourcePolicy: secret(policyAt('resourcePolicy')),
  DeleteResourcePolicy: secret(emptied),
};

const lambda = holder('lambda', (call) => {
  const name = text(call.request, 'functionName');
  if (name === null) return null;
  const bare = name.startsWith('arn:') ? (name.split(':')[6] ?? '') : (name.split(':').at(-1) ?? name);
  return bare === '' ? null : arnOf(call, 'lambda', `function:${bare}`);
});
const qualifierIn = ({ request }: Call) => text(request, 'qualifier') ?? '$LATEST';

export const functionReducers: Reducers = {
  CreateFunction: lambda(() => [{ do: 'make', fields: {} }]),
  AddPermission: lambda(({ request, response, ...call }) => {
    const statements = statementsIn(wrapped(text(response, 'statement')));
    const qualifier = qualifierIn({ request, response, ...call });
    const own = (statements ?? []).map((one) => ({ ...one, id: `${qualifier}/${one.id}`, qualifier }));
    return own.length === 0 ? [] : [{ do: 'put', part: 'statements', elements: own }];
  }),
  RemovePermission: lambda((call) => {
    const sid = text(call.request, 'statementId');
    return sid === null ? [] : [{ do: 'take', part: 'statements', ids: [`${qualifierIn(call)}/${sid}`] }];
  }),
  CreateFunctionUrlConfig: lambda(urlOf),
  UpdateFunctionUrlConfig: lambda(urlOf),
  DeleteFunctionUrlConfig: lambda((call) => [
    { do: 'set', part: 'settings', values: { [`url/${qualifierIn(call)}`]: null } },
  ]),
  DeleteFunction: lambda((call) => (text(call.request, 'qualifier') === null ? ends() : [])),
};

function urlOf(call: Call): Step[] {
  const authType = text(call.request, 'authType');
  return authType === null
    ? []
    : [{ do: 'set', part: 'settings', values: { [`url/${qualifierIn(call)}`]: authType } }];
}

/** A layer's version by the ARN that it is read by. */
const layer = holder('lambda-layer', (call) => {
  const [name, version] = [text(call.request, 'layerName'), field(call.request, 'versionNumber')];
  if (name === null || !/^\d+$/.test(String(version))) return null;
  return name.startsWith('arn:') ? `${name}:${version}` : arnOf(call, 'lambda', `layer:${name}:${version}`);
});

export const layerReducers: Reducers = {
  AddLayerVersionPermission: layer(({ response }) => {
    const statements = statementsIn(wrapped(text(response, 'statement')));
    return statements === null ? [] : [{ do: 'put', part: 'statements', elements: statements }];
  }),
  RemoveLayerVersionPermission: layer(({ request }) => taken(text(request, 'statementId'))),
  DeleteLayerVersion: layer(ends),
};

/** Lambda answers the one statement as its text. */
function wrapped(statement: string | null): string | null {
  return statement === null ? null : `{"Version":"2012-10-17","Id":"default","Statement":[${statement}]}`;
}

export function listed(value: unknown): string[] {
  return elements(value).filter((one): one is string => typeof one === 'string');
}
