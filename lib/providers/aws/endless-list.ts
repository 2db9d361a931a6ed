import type { EC2Client } from '@aws-sdk/client-ec2';
import { RetryableError } from '../../errors.ts';

/** A list whose pages lead back to one that was read already would be read for ever; half a list is no answer either. */

type Fields = { readonly [name: string]: unknown };

/** What asks for a page, and what names the next one. */
const pairs: readonly [asked: string, next: string][] = [
  ['NextToken', 'NextToken'],
  ['nextToken', 'nextToken'],
  ['Marker', 'NextMarker'],
  ['NextMarker', 'NextMarker'],
  ['Marker', 'Marker'],
  ['ContinuationToken', 'NextContinuationToken'],
];

/** It repeats the marker of the question: https://docs.aws.amazon.com/efs/latest/ug/API_DescribeFileSystems.html */
const echoing = 'DescribeFileSystemsCommand';

/** Of one client: more lists at once than that are forgotten, and longer ones are followed no further. */
const listsMost = 1_000;
const pagesMost = 10_000;

/** Which page led to which, list by list, of the lists that one client is reading. */
export class Pages {
  readonly #lists = new Map<string, Map<string, string>>();

  /** Whether the page after this answer is one that led here: the one that was asked for, or one before it. */
  leadBack(command: string, asked: Fields, answer: Fields): boolean {
    const named = pairs.filter(([, to]) => !(to === 'Marker' && command === echoing));
    const next = named.find(([, to]) => isToken(answer[to]));
    if (next !== undefined) {
      const [from, to] = next;
      return this.#isBehind(nameOf(command, asked, from), String(asked[from] ?? ''), String(answer[to]));
    }
    for (const [from] of named) if (isToken(asked[from])) this.#lists.delete(nameOf(command, asked, from));
    return false;
  }

  /** Follows the pages instead of counting them: the same list may be read twice at once, with the same tokens. */
  #isBehind(list: string, page: string, next: string): boolean {
    const known = this.#lists.get(list) ?? new Map<string, string>();
    if (known.size < pagesMost) known.set(page, next);
    if (this.#lists.size >= listsMost) this.#lists.clear();
    this.#lists.set(list, known);
    let behind: string | undefined = next;
    for (let step = 0; step <= known.size && behind !== undefined; step++) {
      if (behind === page) {
        this.#lists.delete(list);
        return true;
      }
      behind = known.get(behind);
    }
    return false;
  }
}

const isToken = (value: unknown) => typeof value === 'string' && value !== '';

function nameOf(command: string, asked: Fields, token: string): string {
  return `${command} ${JSON.stringify({ ...asked, [token]: undefined })}`;
}

/** From now on the client throws RetryableError instead of reading such a list for ever. */
export function endLists(client: { middlewareStack: object }): void {
  // Each client has types of its own for what it may send; the guard looks at the fields that all have.
  const stack = client.middlewareStack as EC2Client['middlewareStack'];
  const pages = new Pages();
  stack.add(
    (next, context) => async (args) => {
      const result = await next(args);
      const command = context.commandName ?? 'a list';
      if (pages.leadBack(command, { ...args.input }, { ...result.output }))
        throw new RetryableError(`${command}: the list does not end, its pages lead back to one before`);
      return result;
    },
    { step: 'initialize', name: 'endlessList' },
  );
}
