import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Policy, parsePolicy } from '../../lib/config.ts';
import { controls as registry } from '../../lib/controls/registry.ts';
import { jsonSchema, schemaText } from '../../lib/policy/schema-file.ts';
import { controls as examples } from './controls.ts';

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const now = new Date('2026-11-24T12:00:00Z');
const shipped = read('snapshut.yml');
const uncommented = shipped.replace(/^# (?!yaml-language-server)/gm, '');
/** The real controls, and stand-ins for those that are not there. */
const names = new Set(registry.map((one) => one.name));
const controls = [...registry, ...examples.filter((one) => !names.has(one.name))];

describe('the snapshut.yml in the repository', () => {
  test('says nothing that is not the default, so that a first start finds no account', () => {
    const { policy, problems } = parsePolicy(shipped, controls, { now });

    expect(problems).toEqual([]);
    expect(policy).toEqual(Policy.parse({}));
  });

  test('is right in every example that it shows', () => {
    const { policy, problems, warnings } = parsePolicy(uncommented, controls, { now });

    expect(problems).toEqual([]);
    expect(warnings).toEqual([]);
    expect(Object.keys(policy ?? {}).sort()).toEqual(Object.keys(Policy.shape).sort());
  });

  test('shows the limits that hold anyway', () => {
    expect(parsePolicy(uncommented, controls, { now }).policy?.limits).toEqual(Policy.parse({}).limits);
  });

  test('tells editors where its schema is', () => {
    expect(shipped.split('\n')[0]).toBe('# yaml-language-server: $schema=./snapshut.schema.json');
  });
});

describe('the JSON Schema', () => {
  test('is the one of the present code (npm run schema writes it)', () => {
    expect(read('snapshut.schema.json')).toBe(schemaText(registry));
  });

  test('knows every setting and the options of every control', () => {
    const { properties } = jsonSchema(examples);

    expect(Object.keys(properties ?? {})).toEqual(Object.keys(Policy.shape));
    expect(Object.keys(properties?.controls?.properties?.['public-port']?.properties ?? {})).toEqual([
      'mode',
      'allow',
      'maxAddresses',
    ]);
  });
});
