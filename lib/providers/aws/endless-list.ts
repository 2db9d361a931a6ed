import type { EC2Client } from '@aws-sdk/client-ec2';
import { RetryableError } from '../../errors.ts';

/** A list whose page names itself as the next one would be read for ever; half a list is not an answer either. */

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

/** Whether this answer says that the page after it is the page that was asked for. */
export function isEndless(command: string, asked: Fields, answer: Fields): boolean {
  return pairs.some(([from, to]) => {
    if (to === 'Marker' && command === echoing) return false;
    const token = asked[from];
    return typeof token === 'string' && token !== '' && answer[to] === token;
  });
}

/** From now on the client throws RetryableError instead of reading such a list for ever. */
export function endLists(client: { middlewareStack: object }): void {
  // Each client has types of its own for what it may send; the guard looks at the fields that all have.
  const stack = client.middlewareStack as EC2Client['middlewareStack'];
  stack.add(
    (next, context) => async (args) => {
      const result = await next(args);
      const command = context.commandName ?? 'a list';
      if (isEndless(command, { ...args.input }, { ...result.output }))
        throw new RetryableError(`${command}: the list does not end, its page names itself as the next`);
      return result;
    },
    { step: 'initialize', name: 'endlessList' },
  );
}
