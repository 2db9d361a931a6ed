import { inspect } from 'node:util';

/**
 * A key's secret fields on their way to the owner. They show nowhere by accident: printed, logged, interpolated
 * or stored, a secret is the word `[secret]`. Only a delivery reveals it.
 */
export class Secret {
  readonly #fields: { readonly [name: string]: string };

  /** `fields`: as the owner's program reads them, such as `accessKeyId` and `secretAccessKey`. */
  constructor(fields: { readonly [name: string]: string }) {
    this.#fields = fields;
  }

  reveal(): { readonly [name: string]: string } {
    return this.#fields;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
