/** Numbers from 0 to below `n`, the same for the same seed (mulberry32). */
export type Draw = (n: number) => number;

export const drawsOf = (seed: number): Draw => {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  return n => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((((t ^ (t >>> 14)) >>> 0) * n) / 2 ** 32) | 0;
  };
};

const pick = <T>(items: readonly T[], draw: Draw): T => items[draw(items.length)]!;

/** Values that a reader of JSON must expect anywhere: of another type, or out of bounds. */
const HOSTILE: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  2,
  0.5,
  1e9,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e308,
  -1e308,
  5e-324,
  '',
  'x',
  '__proto__',
  'constructor',
  '\0',
  '\ud800',
  '(a+)+$',
  '[',
  'x'.repeat(5000),
  [],
  {},
  [null],
  [[]],
  [0, 0, 0, 0, 0, 0, 0, 0],
  { '': null },
  { type: 'Sequence' },
  Array(300).fill('a'),
];

/** Pieces that mean something to one of the formats. */
const PIECES: readonly string[] = [
  ...'*a|&a |- |{|}|[|]|"|\'|: |,|?|<<: *a|!!binary x|!!int |---|...|%YAML 9|# |>-| |\t|\n|\r|\r\n|\n\n|  '.split(
    '|',
  ),
  '|',
  'null',
  'NaN',
  '-Infinity',
  '1e999',
  '-0',
  '99999999999999999999',
  '\ufeff',
  '\u2028',
  '\\u0000',
  '\\ud800',
  '[[[[[[[[[[[[[[[[',
  '{"a":',
  '&a [*a]',
  '"__proto__":',
  '{{',
  '{% for x in range(99) %}',
];

type Place = { readonly owner: Record<string | number, unknown>; readonly key: string | number };

/** Every place of a JSON value, up to some number. */
const placesOf = (root: Place['owner']): Place[] => {
  const places: Place[] = [];
  const open: Place['owner'][] = [root];
  for (let owner = open.pop(); owner && places.length < 5000; owner = open.pop()) {
    for (const key of Object.keys(owner)) {
      places.push({ owner, key });
      const value = owner[key];
      if (typeof value === 'object' && value !== null) open.push(value as Place['owner']);
    }
  }
  return places;
};

/** A JSON text with one to three of its values exchanged, removed, renamed or made another. */
const mutateJson = (text: string, draw: Draw): string => {
  const root: Place['owner'] = { root: JSON.parse(text) };
  for (let n = 1 + draw(3); n > 0; n--) {
    const places = placesOf(root);
    if (places.length === 0) break;
    // Values near the root decide more than the thousandth entry of a list.
    const near = places.slice(0, 1 + draw(Math.min(places.length, 200)));
    const { owner, key } = pick(draw(2) ? places : near, draw);
    const value = owner[key];
    switch (draw(8)) {
      case 0:
        if (Array.isArray(owner)) owner.splice(Number(key), 1);
        else delete owner[key];
        break;
      case 1:
        if (Array.isArray(owner)) owner.push(structuredClone(value));
        else {
          delete owner[key];
          Object.defineProperty(owner, pick(['x', `${key} `, '__proto__', '1', ''], draw), {
            value,
            enumerable: true,
            configurable: true,
            writable: true,
          });
        }
        break;
      case 2: {
        const other = pick(places, draw);
        owner[key] = structuredClone(other.owner[other.key]);
        break;
      }
      case 3:
        if (typeof value === 'number') owner[key] = value * pick([-1, 0, 2, 1000, 1e6, 1e12, 0.5], draw);
        else if (typeof value === 'string') owner[key] = value + pick(PIECES, draw);
        else owner[key] = [value];
        break;
      default:
        owner[key] = structuredClone(pick(HOSTILE, draw));
    }
  }
  return JSON.stringify(root.root) ?? '';
};

/** Bytes with one to four places changed, removed, doubled, moved, put in or cut off. */
const mutateBytes = (bytes: Buffer, draw: Draw, isText: boolean): Buffer => {
  let mutant = Buffer.from(bytes);
  for (let n = 1 + draw(4); n > 0 && mutant.length > 0; n--) {
    const at = draw(mutant.length);
    const length = Math.min(1 + draw(pick([2, 8, 64], draw)), mutant.length - at);
    const [before, part, after] = [
      mutant.subarray(0, at),
      mutant.subarray(at, at + length),
      mutant.subarray(at + length),
    ];
    switch (draw(isText ? 8 : 6)) {
      case 0:
        mutant[at] = draw(256);
        break;
      case 1:
        mutant[at] = mutant[at]! ^ (1 << draw(8));
        break;
      case 2:
        mutant = Buffer.concat([before, after]);
        break;
      case 3:
        mutant = Buffer.concat([before, part, part, after]);
        break;
      case 4:
        for (let i = 0; i < length; i++) mutant[at + i] = pick([0, 0xff, 0x7f, 0x80, draw(256)], draw);
        break;
      case 5:
        if (draw(4) === 0) mutant = before;
        break;
      default:
        mutant = Buffer.concat([
          before,
          Buffer.from(pick(PIECES, draw)),
          draw(2) ? after : Buffer.concat([part, after]),
        ]);
    }
  }
  return mutant;
};

/** How a format is changed: `json` by its values or its bytes, `text` and `binary` by bytes. */
export type Form = 'json' | 'text' | 'binary';

export const mutate = (bytes: Buffer, form: Form, draw: Draw): Buffer =>
  form === 'json' && draw(3) > 0
    ? Buffer.from(mutateJson(bytes.toString(), draw))
    : mutateBytes(bytes, draw, form !== 'binary');
