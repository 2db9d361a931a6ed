import * as z from 'zod';
import type { Control } from '../controls/control.ts';
import { modes } from '../model.ts';
import { Policy } from './schema.ts';

interface Schema {
  type?: string;
  description?: string;
  properties?: { [name: string]: Schema };
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  additionalProperties?: Schema | boolean;
  enum?: readonly string[];
  required?: string[];
  $schema?: string;
  title?: string;
}

/** Making it takes milliseconds, and a file with many mistakes asks for it at each. */
const made = new WeakMap<readonly Control[], Schema>();

/** The JSON Schema of `snapshut.yml` with every control's own options: what editors complete from. */
export function jsonSchema(controls: readonly Control[]): Schema {
  const known = made.get(controls);
  if (known !== undefined) return known;
  const schema = schemaOf(controls);
  made.set(controls, schema);
  return schema;
}

function schemaOf(controls: readonly Control[]): Schema {
  const schema = toJson(Policy);
  const properties = Object.fromEntries(controls.map((control) => [control.name, blockOf(control)]));
  return {
    ...schema,
    title: 'The policy file of Snapshut (snapshut.yml)',
    properties: {
      ...schema.properties,
      controls: { type: 'object', properties, additionalProperties: false },
    },
  };
}

/** The schema as the file that is shipped. */
export function schemaText(controls: readonly Control[]): string {
  return `${JSON.stringify(jsonSchema(controls), null, 2)}\n`;
}

function blockOf(control: Control): Schema {
  const options = toJson(control.options);
  return {
    type: 'object',
    description: `${control.title}. Mode when nothing is said: ${control.defaultMode}.`,
    properties: { mode: { type: 'string', enum: modes }, ...options.properties },
    additionalProperties: false,
  };
}

function toJson(schema: z.ZodType): Schema {
  // JSON Schema is wider than what we read of it.
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as unknown as Schema;
}

/** The keys that may stand at a path, for the message about one that may not. */
export function knownKeys(path: readonly PropertyKey[], controls: readonly Control[]): string[] {
  let layer: Schema[] = [jsonSchema(controls)];
  for (const step of path) {
    layer = layer.flatMap(ways).flatMap((schema) => {
      if (typeof step === 'number') return schema.items ?? [];
      const { additionalProperties: rest } = schema;
      return schema.properties?.[String(step)] ?? (typeof rest === 'object' ? rest : []);
    });
  }
  return [...new Set(layer.flatMap(ways).flatMap((schema) => Object.keys(schema.properties ?? {})))];
}

function ways(schema: Schema): Schema[] {
  return [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
}
