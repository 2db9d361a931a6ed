import { field, parsed, text } from '../events/json.ts';
import type { Json } from '../model.ts';
import { quarantined, withoutKeys } from './credentials.ts';
import type { Call, Reducer, Said, Step } from './deed.ts';
import { filled } from './policies.ts';

/** Roles and users: who may take them on, and what they may do. */

type Word = 'role' | 'user' | 'group';

/** Only its creation tells the path and so the ARN; later calls name it by its name, which the other sorts may have too. */
function of(word: Word, step: (call: Call) => Step[]): Reducer {
  return (call) => {
    const name = text(call.request, `${word}Name`);
    const steps = name === null ? [] : step(call);
    if (name === null || steps.length === 0) return [];
    return [...steps, toldOf(word, name, call)].map((one) => said(word, name, call, one));
  };
}

function toldOf(word: Word, name: string, { account }: Call): Step {
  return { do: 'note', fields: { service: word, name, owner: account } };
}

function said(word: Word, name: string, call: Call, step: Step): Said {
  const named = `${word}/${name}`;
  const id = text(field(call.response, word), 'arn') ?? named;
  const alias = step.do === 'make' ? { names: { alias: named } } : {};
  return { kind: 'user', id, isGlobal: true, step, ...alias };
}

const made = (word: Word) =>
  of(word, (call) => [
    { do: 'make', fields: { createdAt: call.at, mfaDevices: 0 } },
    ...(word === 'role' ? trustIn(call, 'assumeRolePolicyDocument') : []),
  ]);

/** Policies of the account's own are known by the documents that records tell of. */
function attached(word: Word): Reducer {
  return (call) => {
    const [name, id] = [text(call.request, `${word}Name`), text(call.request, 'policyArn')];
    if (name === null || id === null) return [];
    const step: Step = { do: 'put', part: 'attachments', elements: [{ id, document: null }] };
    return [
      said(word, name, call, toldOf(word, name, call)),
      { ...said(word, name, call, step), names: { of: id } },
      ...heldBack(word, name, id, true),
    ];
  };
}

function detached(word: Word): Reducer {
  return (call) => {
    const [name, id] = [text(call.request, `${word}Name`), text(call.request, 'policyArn')];
    if (name === null || id === null) return [];
    const step: Step = { do: 'take', part: 'attachments', ids: [id] };
    return [
      { ...said(word, name, call, step), names: { of: id } },
      said(word, name, call, toldOf(word, name, call)),
      ...heldBack(word, name, id, false),
    ];
  };
}

/** https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCompromisedKeyQuarantineV3.html */
function heldBack(word: Word, name: string, policy: string, isOn: boolean): Said[] {
  return word === 'user' && /:policy\/AWSCompromisedKeyQuarantine/.test(policy)
    ? [quarantined(name, isOn)]
    : [];
}

const written = (word: Word) =>
  of(word, ({ request }) => {
    const id = text(request, 'policyName');
    const document = documentIn(request);
    return id === null ? [] : [{ do: 'put', part: 'inline', elements: [{ id, document }] }];
  });
const erased = (word: Word) =>
  of(word, ({ request }) => {
    const id = text(request, 'policyName');
    return id === null ? [] : [{ do: 'take', part: 'inline', ids: [id] }];
  });
const ends = (): Step[] => [{ do: 'end' }];
const note = (fields: { [field: string]: Json }) => (): Step[] => [{ do: 'note', fields }];
/** How many second factors somebody had before the records nobody knows. */
const factor = (by: number) => of('user', () => [{ do: 'count', name: 'mfaDevices', by }]);
const madeUser = made('user');

export const identityReducers: { [name: string]: Reducer } = {
  CreateRole: made('role'),
  CreateUser: (call) => {
    const name = text(call.request, 'userName');
    return name === null ? [] : [...madeUser(call), withoutKeys(name)];
  },
  CreateGroup: made('group'),
  UpdateAssumeRolePolicy: of('role', (call) => trustIn(call, 'policyDocument')),
  AttachRolePolicy: attached('role'),
  AttachUserPolicy: attached('user'),
  AttachGroupPolicy: attached('group'),
  DetachRolePolicy: detached('role'),
  DetachUserPolicy: detached('user'),
  DetachGroupPolicy: detached('group'),
  PutRolePolicy: written('role'),
  PutUserPolicy: written('user'),
  PutGroupPolicy: written('group'),
  DeleteRolePolicy: erased('role'),
  DeleteUserPolicy: erased('user'),
  DeleteGroupPolicy: erased('group'),
  DeleteRole: of('role', ends),
  DeleteUser: of('user', ends),
  DeleteGroup: of('group', ends),
  CreatePolicy: ({ request, response, at }) => {
    const id = text(field(response, 'policy'), 'arn');
    return id === null ? [] : [versionOf(id, 'v1', request, at), inEffect(id, 'v1')];
  },
  CreatePolicyVersion: ({ request, response, at }) => {
    const [id, version] = [text(request, 'policyArn'), text(field(response, 'policyVersion'), 'versionId')];
    if (id === null || version === null) return [];
    const made = versionOf(id, version, request, at);
    return field(request, 'setAsDefault') === true ? [made, inEffect(id, version)] : [made];
  },
  SetDefaultPolicyVersion: ({ request }) => {
    const [id, version] = [text(request, 'policyArn'), text(request, 'versionId')];
    return id === null || version === null ? [] : [inEffect(id, version)];
  },
  CreateLoginProfile: of('user', note({ consolePassword: true })),
  DeleteLoginProfile: of('user', note({ consolePassword: false })),
  EnableMFADevice: factor(1),
  DeactivateMFADevice: factor(-1),
};

/** What a version of a policy says, for all that have or will have the policy once it is in effect. */
function versionOf(id: string, version: string, request: unknown, changedAt: string): Said {
  const element = { id, document: documentIn(request), changedAt };
  const step: Step = { do: 'amend', part: 'attachments', element };
  return { kind: 'user', id, isGlobal: true, step, names: { every: `${id}@${version}` } };
}

function inEffect(id: string, version: string): Said {
  const step: Step = { do: 'amend', part: 'attachments', element: { id } };
  return { kind: 'user', id, isGlobal: true, step, names: { every: id, like: `${id}@${version}` } };
}

/** Who signs in to the console, and whether he had to show a second factor: whoever has one has to. */
export const signInReducers: { [name: string]: Reducer } = {
  ConsoleLogin: (call) => {
    const { account, identity, response, beside } = call;
    if (text(response, 'ConsoleLogin') !== 'Success') return [];
    if (text(identity, 'type') === 'Root') {
      const step: Step = { do: 'note', fields: {}, proves: ['rootSignIn'] };
      const counted: Step = { do: 'count', part: 'facts', name: 'rootAccessKeys', by: 0 };
      return [counted, step].map((one) => ({ kind: 'account', id: account, isGlobal: true, step: one }));
    }
    const [name, used] = [text(identity, 'userName'), text(beside, 'MFAUsed')];
    if (text(identity, 'type') !== 'IAMUser' || name === null || used !== 'No') return [];
    const fields = { service: 'user', name, owner: account, consolePassword: true, mfaDevices: 0 };
    return [{ kind: 'user', id: `user/${name}`, isGlobal: true, step: { do: 'note', fields } }];
  },
};

function trustIn({ request }: Call, name: string): Step[] {
  return filled('trust', policyText(field(request, name)));
}

/** What CloudTrail logs was checked by IAM, and is a document. */
function documentIn(request: unknown): Json {
  return (parsed(policyText(field(request, 'policyDocument'))) ?? null) as Json;
}

/** Some clients send a policy with its characters coded, and IAM takes it so. */
function policyText(said: unknown): unknown {
  if (typeof said !== 'string' || !said.startsWith('%7B')) return said;
  try {
    return decodeURIComponent(said);
  } catch (error) {
    if (error instanceof URIError) return '';
    throw error;
  }
}
