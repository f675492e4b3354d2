import { expect, it } from 'vitest';
import { JsonNumber, OrderedObject, parseExactJson } from './exact-json.js';

it('keeps what JavaScript would change: long integers, whole floats, the order of digit keys', () => {
  const text =
    '{"id": 9007199254740993, "price": 20.0, "n": 20, "x": 1e-05, "by": {"2": "b", "1": [-0.0, 12345678901234567890]}}';
  const value = parseExactJson(text) as Record<string, unknown>;
  expect(value).toEqual({
    id: new JsonNumber('9007199254740993'),
    price: new JsonNumber('20.0'),
    n: 20,
    x: 1e-5,
    by: new OrderedObject([
      ['2', 'b'],
      ['1', [new JsonNumber('-0.0'), new JsonNumber('12345678901234567890')]],
    ]),
  });
  expect([...(value.by as OrderedObject).keys()]).toEqual(['2', '1']);
});

it('written as JSON again it is what JSON.parse would have read', () => {
  const text = '{"a":20.0,"b":{"2":"\\"x\\\\","1":1e400},"c":[{"10":1.5,"9":"\\u00e9, ]}"}]}';
  expect(JSON.stringify(parseExactJson(text))).toBe(JSON.stringify(JSON.parse(text)));
});

it('a text of plain values is what JSON.parse reads, and an invalid one its error', () => {
  expect(parseExactJson('{"a": [1, 2.5, "1.0: NaN", null, true]}')).toEqual({
    a: [1, 2.5, '1.0: NaN', null, true],
  });
  expect(() => parseExactJson('{"a": 1.0')).toThrow(SyntaxError);
});
