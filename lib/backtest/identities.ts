import { field, parsed, text } from '../events/json.ts';
import type { Json } from '../model.ts';
import type { Call, Reducer, Said, Step } from './deed.ts';
import { filled } from './policies.ts';

/** Roles and users: who may take them on, and what they may do. */

type Word = 'role' | 'user';

/** Only its creation tells the path and so the ARN; later calls name it by its name. */
function of(word: Word, step: (call: Call) => Step[]): Reducer {
  return (call) => {
    const name = text(call.request, `${word}Name`);
    const steps = name === null ? [] : step(call);
    if (name === null || steps.length === 0) return [];
    const told: Step = { do: 'note', fields: { service: word, name, owner: call.account } };
    const id = text(field(call.response, word), 'arn') ?? name;
    return [...steps, told].map((one): Said => ({ kind: 'user', id, isGlobal: true, step: one }));
  };
}

const made = (word: Word) =>
  of(word, (call) => [
    { do: 'make', fields: { createdAt: call.at }, alias: text(call.request, `${word}Name`) ?? '' },
    ...(word === 'role' ? trustIn(call, 'assumeRolePolicyDocument') : []),
  ]);
const attached = (word: Word) =>
  of(word, ({ request }) => {
    const id = text(request, 'policyArn');
    return id === null ? [] : [{ do: 'put', part: 'attachments', elements: [{ id, document: null }] }];
  });
const detached = (word: Word) =>
  of(word, ({ request }) => {
    const id = text(request, 'policyArn');
    return id === null ? [] : [{ do: 'take', part: 'attachments', ids: [id] }];
  });
const written = (word: Word) =>
  of(word, ({ request }) => {
    const id = text(request, 'policyName');
    // What CloudTrail logs was checked by IAM, and is a document.
    const document = (parsed(policyText(field(request, 'policyDocument'))) ?? null) as Json;
    return id === null ? [] : [{ do: 'put', part: 'inline', elements: [{ id, document }] }];
  });
const erased = (word: Word) =>
  of(word, ({ request }) => {
    const id = text(request, 'policyName');
    return id === null ? [] : [{ do: 'take', part: 'inline', ids: [id] }];
  });

export const identityReducers: { [name: string]: Reducer } = {
  CreateRole: made('role'),
  CreateUser: made('user'),
  UpdateAssumeRolePolicy: of('role', (call) => trustIn(call, 'policyDocument')),
  AttachRolePolicy: attached('role'),
  AttachUserPolicy: attached('user'),
  DetachRolePolicy: detached('role'),
  DetachUserPolicy: detached('user'),
  PutRolePolicy: written('role'),
  PutUserPolicy: written('user'),
  DeleteRolePolicy: erased('role'),
  DeleteUserPolicy: erased('user'),
  DeleteRole: of('role', () => [{ do: 'end' }]),
  DeleteUser: of('user', () => [{ do: 'end' }]),
};

function trustIn({ request }: Call, name: string): Step[] {
  return filled('trust', policyText(field(request, name)));
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
