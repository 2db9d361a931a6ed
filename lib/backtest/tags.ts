import { elements, field, text } from '../events/json.ts';

/** The tags that a call gave to what it made. */
export function tagsIn(request: unknown): { [key: string]: string } {
  const specified = elements(field(request, 'tagSpecificationSet')).flatMap((one) =>
    elements(field(one, 'tags') ?? field(one, 'tag')),
  );
  return tagsOf([...specified, ...elements(field(request, 'tagSet')), ...elements(field(request, 'tags'))]);
}

function tagsOf(list: readonly unknown[]): { [key: string]: string } {
  const pairs = list.flatMap((one) => {
    const key = text(one, 'key');
    return key === null ? [] : [[key, text(one, 'value') ?? ''] as const];
  });
  return Object.fromEntries(pairs);
}
