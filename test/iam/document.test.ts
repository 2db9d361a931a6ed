import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonical } from '../../lib/fingerprint.ts';
import { elementsOf, withoutStatement, withStatement } from '../../lib/iam/document.ts';
import type { PolicyStatement } from '../../lib/kinds/statement.ts';

const element = (text: string, index: number) => elementsOf(text)?.[index] as PolicyStatement;

const written = `{
  "Version" : "2012-10-17",
  "Statement": [
    {"Sid": "A", "Effect":"Allow", "Action":["a,]}", "b\\"]"], "Principal": "*"},
    { "Effect": "Deny",   "Principal": "*", "Action": "x" } ,
    {"Sid":"C","Effect":"Allow","Principal":{"AWS":"*"},"Action":"y"}
  ],
  "Id": "Statement"
}`;

describe('a statement taken out of a policy text', () => {
  test.each([0, 1, 2])('leaves every other byte as it was (%i)', (index) => {
    const left = withoutStatement(written, element(written, index)) ?? '';

    const others = [0, 1, 2].filter((one) => one !== index).map((one) => element(written, one).statement);
    expect(JSON.parse(left).Statement).toEqual(others);
    expect(JSON.parse(left)).toMatchObject({ Version: '2012-10-17', Id: 'Statement' });
    expect(left.startsWith('{\n  "Version" : "2012-10-17",\n  "Statement": [\n    ')).toBe(true);
    expect(left.endsWith('\n  ],\n  "Id": "Statement"\n}')).toBe(true);
  });

  test('is not taken twice, and not when somebody changed it meanwhile', () => {
    const gone = element(written, 0);
    const left = withoutStatement(written, gone) ?? '';

    expect(withoutStatement(left, gone)).toBe(left);
    expect(withoutStatement(written, { ...gone, statement: { Sid: 'A', Effect: 'Deny' } })).toBe(written);
  });

  test('comes back to its place, once', () => {
    for (const index of [0, 1, 2]) {
      const gone = element(written, index);
      const back = withStatement(withoutStatement(written, gone), gone, index);

      expect(JSON.parse(back)).toEqual(JSON.parse(written));
      expect(withStatement(back, gone, index)).toBe(back);
    }
  });

  test.each([
    '{"Id":"x","Statement":[{"Effect":"Allow"}],"Version":"2008-10-17"}',
    '{"Statement":{"Effect":"Allow","Sid":"one"}}',
  ])('leaves nothing when it was the last, and the document stands up again exactly: %s', (text) => {
    const only = element(text, 0);

    expect(withoutStatement(text, only)).toBeNull();
    expect(withStatement(null, only, 0)).toBe(text);
  });
});

test('statements without a Sid, or with a shared one, are told apart by their content', () => {
  const text = JSON.stringify({
    Statement: [{ Sid: 'A', n: 1 }, { Sid: 'A', n: 2 }, { n: 3 }, { n: 3 }, { Sid: 'B' }],
  });
  const ids = elementsOf(text)?.map((one) => one.id) ?? [];

  expect(new Set(ids).size).toBe(5);
  expect(ids[4]).toBe('B');
  expect(ids[3]).toBe(`${ids[2]}-2`);
});

test.each(['', '{', '[]', 'null', '{"Version":"2012-10-17"}'])('%j is no policy to take apart', (text) => {
  expect(elementsOf(text)).toBeNull();
});

test('whatever the statements, one goes and comes back and the others stay', () => {
  const statement = fc.dictionary(
    fc.string({ maxLength: 5 }).filter((key) => key !== '__proto__'),
    fc.jsonValue({ maxDepth: 2 }),
    { maxKeys: 3 },
  );
  fc.assert(
    fc.property(
      fc.uniqueArray(statement, { minLength: 2, maxLength: 5, selector: (one) => canonical(one) }),
      fc.nat(4),
      fc.constantFrom(0, 2),
      (list, n, indent) => {
        const index = n % list.length;
        const text = JSON.stringify({ Version: 'v', Statement: list, Id: 'x' }, null, indent);
        const gone = element(text, index);

        const left = withoutStatement(text, gone) ?? '';
        expect(elementsOf(left)).toHaveLength(list.length - 1);
        expect(JSON.parse(withStatement(left, gone, index))).toEqual(JSON.parse(text));
      },
    ),
  );
});
