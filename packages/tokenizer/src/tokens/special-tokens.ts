import { TokenizerError } from '../tokenizer-error.js';
import { checkAddedToken, checkTokenizerJson } from './check-tokenizer-json.js';

/** A token as tokenizer_config.json writes it. */
export type ConfiguredToken = string | { content: string } | null;

/** The fields of tokenizer_config.json that matter here. */
export interface TokenizerConfig {
  bos_token?: ConfiguredToken | undefined;
  eos_token?: ConfiguredToken | undefined;
  pad_token?: ConfiguredToken | undefined;
  unk_token?: ConfiguredToken | undefined;
  /** Class of transformers. */
  tokenizer_class?: string | undefined;
  clean_up_tokenization_spaces?: boolean | null | undefined;
  chat_template?: string | { name: string; template: string }[] | null | undefined;
  /** Further special tokens; transformers 5 has the second name, with a list or names of attributes. */
  additional_special_tokens?: readonly ConfiguredToken[] | null | undefined;
  extra_special_tokens?:
    | readonly ConfiguredToken[]
    | Readonly<Record<string, ConfiguredToken>>
    | null
    | undefined;
  added_tokens_decoder?: Record<string, { content: string; special?: boolean }> | undefined;
}

const NAMES = [
  'bos_token',
  'eos_token',
  'unk_token',
  'sep_token',
  'pad_token',
  'cls_token',
  'mask_token',
] as const;
type SpecialName = (typeof NAMES)[number];

/** The special tokens' texts by name: also the variables that chat templates read. */
export const specialTokens = (
  config: TokenizerConfig,
): Partial<Record<SpecialName, string>> & Record<string, string> => {
  const fields = config as Record<string, ConfiguredToken | undefined>;
  const tokens: Record<string, string> = {};
  for (const name of NAMES) {
    const token = fields[name];
    if (token) tokens[name] = typeof token === 'string' ? token : token.content;
  }
  return tokens;
};

interface AddedToken {
  id: number;
  content: string;
  special: boolean;
}

/** tokenizer.json as far as it is read here. */
export interface TokenizerJson extends Record<string, unknown> {
  model: { type?: string; vocab?: unknown };
  added_tokens: AddedToken[];
}

/**
 * tokenizer.json with what transformers takes from tokenizer_config.json: added tokens that only the config knows, and
 * its named and further special tokens; those that tokenizer.json lacks get the next ids. `add_bos_token` and `add_eos_token` are not read, as in transformers 5 where a
 * tokenizer.json exists: its post-processor alone decides.
 *
 * @throws {TokenizerError} when the object is no tokenizer.json, or its BOS or EOS is not in the vocabulary
 * @see transformers 5.23 `tokenization_utils_base.py`, `_from_pretrained`
 */
export const withConfiguredTokens = (tokenizerJson: object, config: TokenizerConfig): TokenizerJson => {
  checkTokenizerJson(tokenizerJson);
  const json = { added_tokens: [], ...tokenizerJson } as unknown as TokenizerJson;
  const added = new Map(json.added_tokens.map(token => [token.content, token]));
  for (const [id, token] of Object.entries(config.added_tokens_decoder ?? {})) {
    const where = `added_tokens_decoder[${JSON.stringify(id)}]`;
    checkAddedToken(where, { ...token, id: Number(id) }, 'tokenizer_config.json');
    if (!added.has(token.content)) {
      added.set(token.content, { special: false, ...token, id: Number(id) });
    }
  }
  const named = specialTokens(config);
  let next = vocabularySize(json, added.values());
  for (const [name, content] of Object.entries(named)) {
    const known = added.get(content);
    const id = known?.id ?? vocabularyId(json.model.vocab, content);
    if (id === undefined) {
      // A padding token outside the vocabulary has no embedding either; EOS pads in its place, as where none is named.
      if (name !== 'bos_token' && name !== 'eos_token') {
        next += 1;
        continue;
      }
      throw new TokenizerError(
        `tokenizer_config.json names ${JSON.stringify(content)} as ${name}, but tokenizer.json has no such token. ` +
          'The two files are not of the same model.',
      );
    }
    added.set(content, { ...known, id, content, special: true });
  }
  for (const token of furtherTokens(config)) {
    const known = added.get(token.content);
    const id = known?.id ?? vocabularyId(json.model.vocab, token.content) ?? next++;
    added.set(token.content, { ...token, ...known, id, special: true });
  }
  return { ...json, added_tokens: [...added.values()] };
};

const furtherTokens = ({ additional_special_tokens, extra_special_tokens }: TokenizerConfig) =>
  [additional_special_tokens, extra_special_tokens]
    .flatMap(tokens => Object.values(tokens ?? {}))
    .flatMap(token => (token ? [typeof token === 'string' ? { content: token } : token] : []));

/** One more than the highest id. */
const vocabularySize = ({ model }: TokenizerJson, added: Iterable<AddedToken>): number => {
  const vocab = model.vocab ?? {};
  let highest = Array.isArray(vocab) ? vocab.length - 1 : -1;
  if (!Array.isArray(vocab)) for (const id of Object.values(vocab)) highest = Math.max(highest, Number(id));
  for (const { id } of added) highest = Math.max(highest, id);
  return highest + 1;
};

const vocabularyId = (vocab: unknown, token: string): number | undefined => {
  if (Array.isArray(vocab)) {
    const at = vocab.findIndex(entry => (Array.isArray(entry) ? entry[0] : entry) === token);
    return at < 0 ? undefined : at;
  }
  const own = vocab as Record<string, number>;
  return Object.hasOwn(own, token) ? own[token] : undefined;
};
