import * as z from 'zod';
import type { ClientKey } from '../../logs/address.ts';
import type { Severity } from '../../model.ts';
import type { Request } from '../request.ts';

/**
 * One way to tell an attacker. A detector says which requests count; how many are too many, and in how long, is
 * its limit. `matching` prepares the question once per run.
 */
export interface Detector<Schema extends LimitLike = LimitSchema> {
  name: string;
  /** A line for tables. */
  title: string;
  severity: Severity;
  options: Schema;
  matching(options: z.infer<Schema>): (request: Request, client: ClientKey) => boolean;
  /** For what only many clients together show: those who with this request turn out to be among them. */
  together?(options: z.infer<Schema>): (request: Request, client: ClientKey) => readonly ClientKey[];
  /** Asks only what alike requests share (see `Alike`), and remembers nothing: it is asked once for all of them. */
  isOfAlike?: boolean;
  /** Counts different things, which several functions cannot add up: on Lambda it looks at one object at a time. */
  countsDifferent?: boolean;
  /** What the offender did, behind its count: `requests`, `failed logins`. */
  what: string;
  /** Suspicious alone, but no reason to shut somebody out. */
  tellsOnly?: boolean;
}

/** `requests` is what is still allowed inside the window. `mode: tell` blocks nobody, `off` looks at nothing. */
export function limit(requests: number, windowSeconds: number) {
  return z.strictObject({
    requests: z.int().min(0).default(requests),
    windowSeconds: z.int().min(1).max(86_400).default(windowSeconds),
    mode: z.enum(['fix', 'tell', 'off']).default('fix'),
    blockMinutes: z.int().min(1).optional(),
  });
}
export type LimitSchema = ReturnType<typeof limit>;
/** A limit with options of its own beside it. */
type LimitLike = z.ZodType<z.infer<LimitSchema>>;

/** Declares a detector with its options inferred, and erases them for the registry. */
export function detector<Schema extends LimitLike>(of: Detector<Schema>): Detector {
  // The registry hands a detector only options parsed by its own schema.
  return of as unknown as Detector;
}
