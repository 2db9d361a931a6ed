import { environment } from '../config.ts';
import { messageOf } from '../errors.ts';
import { hintsOf, type Owned, ownersOf } from '../leaks/owner.ts';
import { readLeaks } from '../leaks/read-leaks.ts';
import type { Leaked } from '../leaks/recognise.ts';
import type { Leak, OutcomeName } from '../model.ts';
import { failedLine, type Normalised } from '../respond.ts';
import { type Service, wire } from '../wire.ts';
import { readPolicy } from '../wire-policy.ts';
import { exitCodeOf, plain, printJson, say, warn } from './print.ts';

interface Options {
  json: boolean;
  respond: boolean;
  policy?: string;
}

/** Nobody reads more; a longer list is counted. */
const distinctMax = 100_000;

/** `snapshut leak`: which credentials stand in these texts, and whose they are. The secrets themselves are never printed. */
export async function leakFiles(files: readonly string[], options: Options): Promise<number> {
  const service = await serviceFor(options);
  const owners = service && ownersOf({ guarded: service.guarded, provider: service.loop.provider, warn });
  const seen = new Set<string>();
  const outcomes: OutcomeName[] = [];
  let unreadable = 0;
  try {
    for await (const intake of readLeaks(files, process.stdin)) {
      if ('unreadable' in intake) {
        unreadable += 1;
        warn(`${intake.source}: ${intake.unreadable}`);
        continue;
      }
      const { leaked, source } = intake;
      if (seen.has(leaked.id) || seen.size >= distinctMax) continue;
      seen.add(leaked.id);
      const owned = owners === null ? [] : await owners(leaked);
      tell({ leaked, source, owned, isAsked: owners !== null }, options.json);
      if (options.respond && service) outcomes.push(...(await shutLeak(leaked, owned, source, service)));
    }
  } finally {
    await service?.close();
  }
  if (unreadable > 0) warn(`${unreadable} unreadable; the rest was looked at`);
  if (!options.json) say(`${seen.size} credential${seen.size === 1 ? '' : 's'} found`);
  return unreadable > 0 ? 1 : exitCodeOf(outcomes);
}

/** Null where no cloud can be asked: whose they are is then only what their ids say. */
async function serviceFor({ policy, respond }: Options): Promise<Service | null> {
  const { hasAwsCredentials, exoscale, openstack } = environment();
  const hasCloud =
    hasAwsCredentials || exoscale !== null || 'OS_CLOUD' in openstack || 'OS_AUTH_URL' in openstack;
  if (!respond && !hasCloud && (await readPolicy(policy, new Date())).accounts === undefined) return null;
  return wire({ policyFile: policy, dryRun: !respond });
}

interface Found {
  leaked: Leaked;
  source: string;
  owned: readonly Owned[];
  isAsked: boolean;
}

function tell({ leaked, source, owned, isAsked }: Found, json: boolean): void {
  const { what, id, account, line } = leaked;
  const key = leaked.what === 'private-key' ? leaked.key : null;
  if (json) {
    const facts = key && {
      type: key.type,
      bits: key.bits,
      encrypted: key.isEncrypted,
      fingerprints: key.fingerprints,
    };
    const owners = isAsked ? owned.map(({ resource, owner, status }) => ({ resource, owner, status })) : null;
    printJson({ source, line, what, id, account, ...facts, owners });
    return;
  }
  const sort = key ? `${key.isEncrypted ? 'encrypted ' : ''}${key.type ?? ''} ${what}`.trim() : what;
  const whose = owned.map(({ owner, status, resource }) => `${owner} of ${resource.account}, ${status}`);
  const nobody = isAsked ? 'nobody in the guarded accounts' : 'no account was asked';
  const belongs = whose.length > 0 ? whose.join('; ') : account === null ? nobody : `account ${account}`;
  say(plain(`${source}:${line}  ${sort} ${id}  ${belongs}`));
}

/** The leak as an event of its own: the same way as every other. */
async function shutLeak(
  leaked: Leaked,
  owned: readonly Owned[],
  source: string,
  service: Service,
): Promise<OutcomeName[]> {
  const leak: Leak = { by: `snapshut leak ${plain(source).slice(-100)}`, what: leaked.id, sure: true };
  const named = owned.length > 0 ? owned.map((one) => one.resource) : hintsOf(leaked, service.guarded);
  const eventId = `leak/${leaked.id}`;
  const event: Normalised = {
    eventId,
    at: null,
    account: null,
    region: null,
    actor: null,
    name: 'leak',
    hints: named.map((one) => ({ ...one, leak })),
    dropped: 0,
    ignored: named.length > 0 ? null : `${leaked.what} ${leaked.id} belongs to none of the guarded accounts`,
    malformed: false,
  };
  try {
    const outcomes = await service.handle(event);
    for (const outcome of outcomes) printJson(outcome);
    return outcomes.map((one) => one.outcome);
  } catch (error) {
    warn(messageOf(error));
    printJson(failedLine(eventId, error));
    return ['failed'];
  }
}
