import * as z from 'zod';
import type { Control } from '../controls/control.ts';
import { endOf } from './dates.ts';
import type { Problem } from './problems.ts';
import { Policy } from './schema.ts';
import { knownKeys } from './schema-file.ts';
import { readYaml, type Source } from './yaml.ts';

/** Either a policy, perhaps with warnings that must be told, or everything that is wrong with the file. */
export type PolicyResult =
  | { policy: Policy; warnings: Problem[]; problems: [] }
  | { policy: null; warnings: Problem[]; problems: Problem[] };

export interface ParseOptions {
  now: Date;
  /** How problems name the file. */
  file?: string;
}

export function parsePolicy(text: string, controls: readonly Control[], options: ParseOptions): PolicyResult {
  const { source, problems } = readYaml(text.replace(/^\uFEFF/, ''), options.file ?? 'snapshut.yml');
  if (!source) return { policy: null, warnings: [], problems: ordered(problems) };
  // A file of comments only is a policy of defaults.
  const parsed = Policy.safeParse(source.value ?? {});
  problems.push(...tellIssues(parsed.error?.issues ?? [], [], source, controls));
  problems.push(...controlProblems(source, controls), ...accountProblems(source));
  if (!parsed.data || problems.length > 0) return { policy: null, warnings: [], problems: ordered(problems) };
  return { policy: parsed.data, warnings: endedExemptions(parsed.data, source, options.now), problems: [] };
}

function ordered(problems: readonly Problem[]): Problem[] {
  const seen = new Map(problems.map((one) => [`${one.line}:${one.column} ${one.path} ${one.message}`, one]));
  return [...seen.values()].sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Names of controls, and what their own `options` say of their blocks and scopes. */
function controlProblems(source: Source, controls: readonly Control[]): Problem[] {
  const problems: Problem[] = [];
  const byName = new Map(controls.map((one) => [one.name, one]));
  const known = `known are ${controls.map((one) => one.name).join(', ')}`;
  const unknown = (path: PropertyKey[], name: string, key?: string) =>
    problems.push(
      source.problemAt(path, `unknown control ${JSON.stringify(name.slice(0, 80))}; ${known}`, key),
    );

  const blocks = fieldsOf(fieldsOf(source.value).controls);
  for (const [name, block] of Object.entries(blocks)) {
    const control = byName.get(name);
    if (!control) unknown(['controls'], name, name);
    else problems.push(...optionProblems(control, optionsIn(block), ['controls', name], source, controls));
  }
  for (const [index, scope] of listOf(fieldsOf(source.value).scopes).entries()) {
    const { control: name, options } = fieldsOf(scope);
    const control = typeof name === 'string' ? byName.get(name) : undefined;
    if (typeof name === 'string' && !control) unknown(['scopes', index, 'control'], name);
    if (!control || options === undefined) continue;
    const merged = { ...optionsIn(blocks[control.name]), ...fieldsOf(options) };
    problems.push(...optionProblems(control, merged, ['scopes', index, 'options'], source, controls));
  }
  for (const [index, exemption] of listOf(fieldsOf(source.value).exemptions).entries()) {
    const { control: name } = fieldsOf(exemption);
    if (typeof name === 'string' && name !== '*' && !byName.has(name))
      unknown(['exemptions', index, 'control'], name);
  }
  return problems;
}

function optionProblems(
  control: Control,
  options: object,
  path: PropertyKey[],
  source: Source,
  controls: readonly Control[],
): Problem[] {
  const { options: schema } = control;
  const strict = schema instanceof z.ZodObject ? schema.strict() : schema;
  return tellIssues(strict.safeParse(options).error?.issues ?? [], path, source, controls);
}

function tellIssues(
  issues: readonly z.core.$ZodIssue[],
  under: readonly PropertyKey[],
  source: Source,
  controls: readonly Control[],
): Problem[] {
  return issues.flatMap((issue) => {
    const path = [...under, ...issue.path];
    if (issue.code !== 'unrecognized_keys') return [source.problemAt(path, issue.message)];
    const known = knownKeys(path, controls);
    const expected = known.length > 0 ? `; expected one of ${known.join(', ')}` : '';
    return issue.keys.map((key) =>
      source.problemAt(path, `unknown key ${JSON.stringify(key.slice(0, 80))}${expected}`, key),
    );
  });
}

function accountProblems(source: Source): Problem[] {
  const seen = new Set<unknown>();
  return listOf(fieldsOf(source.value).accounts).flatMap((account, index) => {
    const { provider, id } = fieldsOf(account);
    if (provider !== 'aws' || typeof id !== 'string') return [];
    if (seen.has(id)) return [source.problemAt(['accounts', index, 'id'], 'this account is listed twice')];
    seen.add(id);
    return [];
  });
}

function endedExemptions(policy: Policy, source: Source, now: Date): Problem[] {
  return policy.exemptions.flatMap(({ until, resource, control }, index) => {
    const end = endOf(until);
    if (!end || end >= now) return [];
    const message = `this exemption of ${resource} from ${control} has ended and has no effect`;
    return [source.problemAt(['exemptions', index, 'until'], message)];
  });
}

function optionsIn(block: unknown): { [name: string]: unknown } {
  const { mode: _, ...options } = fieldsOf(block);
  return options;
}

function fieldsOf(value: unknown): { [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
