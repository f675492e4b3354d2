import { TokenizerError } from '../tokenizer-error.js';

/** The library makes lists as long as the largest id; the largest vocabularies have some 260,000 tokens. */
const MOST_TOKENS = 2 ** 22;

const isId = (id: unknown): id is number =>
  Number.isSafeInteger(id) && (id as number) >= 0 && (id as number) < MOST_TOKENS;
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const wrong = (where: string, found: unknown, expected: string, file = 'tokenizer.json'): TokenizerError => {
  const shown = JSON.stringify(found) ?? 'missing';
  const short = shown.length > 60 ? `${shown.slice(0, 60)}…` : shown;
  return new TokenizerError(`${file}: ${where} is ${short}; expected ${expected}. Fetch the file again.`);
};

const AN_ID = `a whole number from 0 to ${MOST_TOKENS - 1}`;

/**
 * Checks ids, tokens and merges before the library sees them: some that are damaged keep it busy without end.
 *
 * @param json tokenizer.json, parsed
 * @throws {TokenizerError} naming the first value that no tokenizer has
 */
export const checkTokenizerJson = (json: unknown): void => {
  if (!isObject(json)) throw wrong('the file', json, 'an object');
  const { model, added_tokens = [] } = json;
  if (!isObject(model)) {
    throw new TokenizerError('tokenizer.json has no model; expected the file that a fast tokenizer saves.');
  }
  checkVocabulary(model.vocab);
  if (model.merges !== undefined) checkMerges(model.merges);
  if (!Array.isArray(added_tokens)) throw wrong('added_tokens', added_tokens, 'a list');
  for (const [i, token] of added_tokens.entries()) checkAddedToken(`added_tokens[${i}]`, token);
};

/** An object from tokens to ids, a list of `[token, score]` (Unigram), or a list of tokens. */
const checkVocabulary = (vocab: unknown): void => {
  if (Array.isArray(vocab)) {
    for (const [i, entry] of vocab.entries()) {
      const [token, score] = Array.isArray(entry) ? entry : [entry, 0];
      if (typeof token !== 'string' || typeof score !== 'number')
        throw wrong(`model.vocab[${i}]`, entry, 'a token and its score');
    }
    return;
  }
  if (!isObject(vocab)) throw wrong('model.vocab', vocab, 'an object from tokens to ids');
  for (const [token, id] of Object.entries(vocab))
    if (!isId(id)) throw wrong(`the id of ${JSON.stringify(token)}`, id, AN_ID);
};

/** Two tokens each, or as older files write them, one text with a space between. */
const checkMerges = (merges: unknown): void => {
  if (!Array.isArray(merges)) throw wrong('model.merges', merges, 'a list');
  const isText = (part: unknown) => typeof part === 'string';
  for (const [i, merge] of merges.entries()) {
    const isPair = Array.isArray(merge) && merge.length === 2 && merge.every(isText);
    if (!isPair && !isText(merge)) throw wrong(`model.merges[${i}]`, merge, 'two tokens');
  }
};

/** @throws {TokenizerError} when an added token has no usable id or text */
export const checkAddedToken = (where: string, token: unknown, file?: string): void => {
  if (!isObject(token)) throw wrong(where, token, 'an object', file);
  if (!isId(token.id)) throw wrong(`${where}.id`, token.id, AN_ID, file);
  if (typeof token.content !== 'string') throw wrong(`${where}.content`, token.content, 'text', file);
};
