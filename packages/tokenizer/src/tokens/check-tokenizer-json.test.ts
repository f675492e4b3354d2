import { expect, test } from 'vitest';
import { checkAddedToken, checkTokenizerJson } from './check-tokenizer-json.js';

const of = (changes: object, model: object = {}) => ({
  model: { type: 'BPE', vocab: { a: 0, b: 1, ab: 2 }, merges: ['a b'], ...model },
  added_tokens: [{ id: 3, content: '<s>', special: true }],
  ...changes,
});

test('a tokenizer.json of each form passes: merges as texts and as pairs, a vocabulary with scores', () => {
  checkTokenizerJson(of({}));
  checkTokenizerJson(of({}, { merges: [['a', 'b']] }));
  checkTokenizerJson(of({}, { type: 'Unigram', vocab: [['a', -1.5]], merges: undefined }));
});

test.each([
  [null, 'tokenizer.json: the file is null; expected an object.'],
  [{}, 'tokenizer.json has no model'],
  [of({}, { vocab: { a: 1e9 } }), 'the id of "a" is 1000000000; expected a whole number from 0 to 4194303.'],
  [of({}, { vocab: { a: -1 } }), 'the id of "a" is -1'],
  [of({}, { vocab: { a: 0.5 } }), 'the id of "a" is 0.5'],
  [of({}, { vocab: [['a', 'b']] }), 'model.vocab[0] is ["a","b"]; expected a token and its score.'],
  [of({}, { vocab: 'abc' }), 'model.vocab is "abc"; expected an object from tokens to ids.'],
  [of({}, { merges: [['a', 'b', 'c']] }), 'model.merges[0] is ["a","b","c"]; expected two tokens.'],
  [of({}, { merges: null }), 'model.merges is null; expected a list.'],
  [of({ added_tokens: {} }), 'added_tokens is {}; expected a list.'],
  [of({ added_tokens: [{ id: '3', content: '<s>' }] }), 'added_tokens[0].id is "3"'],
  [
    of({ added_tokens: [{ id: 3 }] }),
    'added_tokens[0].content is missing; expected text. Fetch the file again.',
  ],
])('a damaged one is refused before the library sees it: %j', (json, message) => {
  expect(() => checkTokenizerJson(json)).toThrow(message);
});

test('a token of tokenizer_config.json is refused by that name', () => {
  expect(() =>
    checkAddedToken('added_tokens_decoder["x"]', { id: Number.NaN }, 'tokenizer_config.json'),
  ).toThrow('tokenizer_config.json: added_tokens_decoder["x"].id is null');
});
