import * as z from 'zod';
import { type AdmittingRule, describeRule, type EndpointState, type OpenPort } from '../kinds/endpoint.ts';
import type { Change, Exposure, Finding, Severity } from '../model.ts';
import { parseTrafficList, TrafficList } from '../net/ports.ts';
import { covers } from '../net/traffic.ts';
import { control, type Settings } from './control.ts';
import { wellKept } from './endpoint-example.ts';
import { findingOf, reachOf } from './endpoint-exposures.ts';
import { groupOf } from './sensitive-ports.ts';

const Options = z.strictObject({ allow: TrafficList.default(['tcp/80', 'tcp/443']) });

function check(state: EndpointState, { options }: Settings<z.infer<typeof Options>>): Finding | null {
  const allowed = parseTrafficList(options.allow);
  const unexpected = state.ports.filter((one) => !covers(allowed, 'tcp', one.port));
  return findingOf(
    unexpected.flatMap((port) => exposuresOf(port, state)),
    state,
  );
}

/** One exposure per rule that lets the port in, so that the fix can take exactly these. */
function exposuresOf(port: OpenPort, state: EndpointState): Exposure[] {
  const what = `${port.id} (${port.service}) is open and not in the allowed list`;
  const about = { to: reachOf(state), severity: severityOf(port) };
  const rules = state.rules.filter((rule) => admits(rule, port.port));
  if (rules.length === 0) {
    const tell = 'no firewall rule is known that lets it in';
    return [{ ...about, part: 'ports', id: port.id, what, tell }];
  }
  return rules.map((rule) => ({
    ...about,
    part: 'rules',
    id: rule.id,
    what: `${what}; ${describeRule(rule)} lets it in`,
    ...(isOnePort(rule) ? {} : { ask: `${describeRule(rule)} lets in more than this port` }),
  }));
}

function admits({ protocol, fromPort, toPort }: AdmittingRule, port: number): boolean {
  if (protocol !== 'tcp' && protocol !== 'all') return false;
  return fromPort === null || toPort === null || (fromPort <= port && port <= toPort);
}

function isOnePort({ protocol, fromPort, toPort }: AdmittingRule): boolean {
  return protocol === 'tcp' && fromPort !== null && fromPort === toPort;
}

function severityOf({ port }: OpenPort): Severity {
  const group = groupOf(parseTrafficList([`tcp/${port}`]));
  return group === 'others' ? 'medium' : 'high';
}

function fix(state: EndpointState, exposures: readonly Exposure[]): Change[] {
  const ids = new Set(exposures.filter((one) => one.part === 'rules').map((one) => one.id));
  return state.rules
    .filter((rule) => ids.has(rule.id))
    .map((value) => ({ op: 'remove', part: 'rules', value }));
}

const rule: AdmittingRule = {
  id: 'sg-1/sgr-web',
  firewall: 'sg-1',
  protocol: 'tcp',
  fromPort: 443,
  toPort: 443,
  native: {},
};
const forgotten: AdmittingRule = {
  ...rule,
  id: 'sg-1/sgr-old',
  fromPort: 8080,
  toPort: 8080,
};

export const unexpectedPort = control({
  name: 'unexpected-port',
  kind: 'endpoint',
  title: 'An address answers on a port that is not in the allowed list',
  remedy: 'closes the firewall rule that lets it in, where the inventory knows it',
  defaultMode: 'ask',
  options: Options,
  check,
  fix,
  examples: {
    bad: {
      ...wellKept,
      rules: [rule, forgotten],
      ports: [...wellKept.ports, { id: 'tcp/8080', port: 8080, service: 'http', banner: null }],
    },
    good: { ...wellKept, rules: [rule] },
  },
});
