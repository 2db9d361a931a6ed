import { field, text } from '../events/json.ts';
import type { Call, Reducer, Said, Step } from './deed.ts';

/** Access keys of users, and those of the root user, which are told of as the account's. */
export const credentialReducers: { [name: string]: Reducer } = {
  CreateAccessKey: ({ at, account, request, response, identity }) => {
    const key = field(response, 'accessKey');
    if (isOfRoot(identity, request)) return ofRoot(account, 1);
    const owner = ownerOf(identity, request) ?? text(key, 'userName');
    const id = text(key, 'accessKeyId');
    if (owner === null || id === null) return [];
    return [
      of(owner, id, { do: 'make', fields: { name: owner, createdAt: at } }),
      of(owner, id, status('Active')),
    ];
  },
  UpdateAccessKey: changed(({ request }) => {
    const said = text(request, 'status');
    return said === 'Active' || said === 'Inactive' ? [status(said)] : [];
  }),
  DeleteAccessKey: (call) =>
    isOfRoot(call.identity, call.request) ? ofRoot(call.account, -1) : removed(call),
};

/** The common name of a user's keys. */
const keysOf = (user: string) => `keys of ${user}`;

function of(owner: string, id: string, step: Step): Said {
  return { kind: 'credential', id, isGlobal: true, names: { of: keysOf(owner) }, step };
}

/** What its owner's sessions are refused is ours to set, and stands in no record. */
function status(now: 'Active' | 'Inactive'): Step {
  return { do: 'set', part: 'settings', values: { status: now, sessionsDeniedBefore: null } };
}

function changed(steps: (call: Call) => Step[]): Reducer {
  return (call) => {
    const [id, owner] = [text(call.request, 'accessKeyId'), ownerOf(call.identity, call.request)];
    if (id === null || owner === null) return [];
    const done = steps(call).map((step) => of(owner, id, step));
    const isOver = done.some((one) => one.step.do === 'end');
    return isOver ? done : [...done, of(owner, id, { do: 'note', fields: { name: owner } })];
  };
}

const removed = changed(() => [{ do: 'end' }]);

/** Who leaves the name out means himself. */
function ownerOf(identity: unknown, request: unknown): string | null {
  const isUser = text(identity, 'type') === 'IAMUser';
  return text(request, 'userName') ?? (isUser ? text(identity, 'userName') : null);
}

function isOfRoot(identity: unknown, request: unknown): boolean {
  return text(identity, 'type') === 'Root' && text(request, 'userName') === null;
}

function ofRoot(account: string, by: number): Said[] {
  const step: Step = { do: 'count', part: 'facts', name: 'rootAccessKeys', by };
  return [{ kind: 'account', id: account, isGlobal: true, step }];
}

/** Whoever is new has no keys but those of which records tell. */
export function withoutKeys(user: string): Said {
  const step: Step = { do: 'set', part: 'settings', values: { ownerIsNew: true } };
  return { kind: 'credential', id: user, isGlobal: true, names: { every: keysOf(user) }, step };
}

/** AWS found one of the user's keys in public, and does not say which. */
export function quarantined(user: string, isOn: boolean): Said {
  const step: Step = { do: 'note', fields: { isQuarantined: isOn } };
  return { kind: 'credential', id: user, isGlobal: true, names: { every: keysOf(user) }, step };
}
