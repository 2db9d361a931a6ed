import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '../folder.ts';

/** Exoscale's official OpenAPI document, as its own pip client ships it; null where that is not installed. */
export async function officialSpec(venv: string): Promise<Spec | null> {
  const path = join(venv, 'lib');
  for (const python of ['python3.10', 'python3.11', 'python3.12', 'python3.13', 'python3.14']) {
    const file = join(path, python, 'site-packages/exoscale/openapi.json');
    if (await exists(file)) return new Spec(JSON.parse(await readFile(file, 'utf8')));
  }
  return null;
}

interface Schema {
  $ref?: string;
  type?: string;
  enum?: unknown[];
  nullable?: boolean;
  properties?: { [name: string]: Schema };
  additionalProperties?: Schema | boolean;
  required?: string[];
  items?: Schema;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  format?: string;
}
interface Content {
  content?: { 'application/json'?: { schema: Schema } };
}
interface Document {
  paths: { [path: string]: { [method: string]: { requestBody?: Content; responses: { '200': Content } } } };
  components: { schemas: { [name: string]: Schema } };
}

/** Says where a request or an answer is not what the document describes. */
export class Spec {
  readonly #document: Document;

  constructor(document: Document) {
    this.#document = document;
  }

  /** What is wrong with this exchange of the path template, one line each. */
  mistakes(method: string, template: string, request: unknown, answer: unknown): string[] {
    const operation = this.#document.paths[template]?.[method.toLowerCase()];
    if (!operation) return [`${method} ${template} is not in the document`];
    const asked = operation.requestBody?.content?.['application/json']?.schema;
    const said = operation.responses['200'].content?.['application/json']?.schema;
    return [
      ...(asked ? this.#check(asked, request, 'request') : []),
      ...(said ? this.#check(said, answer, 'answer') : []),
    ];
  }

  #check(schema: Schema, value: unknown, at: string): string[] {
    if (schema.$ref) {
      const name = schema.$ref.replace('#/components/schemas/', '');
      const found = this.#document.components.schemas[name];
      return found ? this.#check(found, value, at) : [`${at}: no schema ${name}`];
    }
    if (value === null) return schema.nullable ? [] : [`${at} is null`];
    if (schema.enum && !schema.enum.includes(value)) return [`${at} is ${JSON.stringify(value)}`];
    if (schema.type === 'object') return this.#checkObject(schema, value, at);
    if (schema.type === 'array') {
      if (!Array.isArray(value)) return [`${at} is no list`];
      return value.flatMap((one, index) => this.#check(schema.items ?? {}, one, `${at}.${index}`));
    }
    return checkPlain(schema, value, at);
  }

  #checkObject(schema: Schema, value: unknown, at: string): string[] {
    if (typeof value !== 'object' || Array.isArray(value)) return [`${at} is no object`];
    const fields = value as { [name: string]: unknown };
    const missing = (schema.required ?? []).filter((name) => fields[name] === undefined);
    const more = schema.additionalProperties;
    const nested = Object.entries(fields).flatMap(([name, field]) => {
      const known = schema.properties?.[name] ?? (typeof more === 'object' ? more : undefined);
      if (known) return this.#check(known, field, `${at}.${name}`);
      return schema.properties && !more ? [`${at}.${name} is not in the document`] : [];
    });
    return [...missing.map((name) => `${at}.${name} is missing`), ...nested];
  }
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function checkPlain(schema: Schema, value: unknown, at: string): string[] {
  const text = JSON.stringify(value);
  if (schema.type === 'string') {
    if (typeof value !== 'string') return [`${at} is no text: ${text}`];
    if (value.length < (schema.minLength ?? 0) || value.length > (schema.maxLength ?? Infinity)) {
      return [`${at} has ${value.length} letters`];
    }
    if (schema.format === 'uuid' && !uuid.test(value)) return [`${at} is no UUID: ${text}`];
    if (schema.format === 'date-time' && Number.isNaN(Date.parse(value)))
      return [`${at} is no time: ${text}`];
    return [];
  }
  if (schema.type === 'integer' || schema.type === 'number') {
    if (typeof value !== 'number') return [`${at} is no number: ${text}`];
    const outside = value < (schema.minimum ?? -Infinity) || value > (schema.maximum ?? Infinity);
    return outside ? [`${at} is ${value}`] : [];
  }
  if (schema.type === 'boolean' && typeof value !== 'boolean') return [`${at} is neither true nor false`];
  return [];
}
