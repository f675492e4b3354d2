/** Split of a text before byte-pair merges, for one value of `tokenizer.ggml.pre`. */
export interface PreTokenizer {
  /** `pre_tokenizer` of tokenizer.json. */
  readonly pre_tokenizer: object;
  /** `normalizer` of tokenizer.json. */
  readonly normalizer: object | null;
  /** True when a piece that is a token is not merged (`ignore_merges`). */
  readonly ignore_merges: boolean;
  /** True when BOS is added unless the file says otherwise. */
  readonly addBos: boolean;
}

const byteLevel = (use_regex: boolean) => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex,
});
const split = (Regex: string) => ({
  type: 'Split',
  pattern: { Regex },
  behavior: 'Isolated',
  invert: false,
});
/** Cut by each pattern in turn, then spelled as bytes. */
const splits = (...patterns: string[]) => ({
  type: 'Sequence',
  pretokenizers: [...patterns.map(split), byteLevel(false)],
});
const row = (pre_tokenizer: object, rest: Partial<PreTokenizer> = {}): PreTokenizer => ({
  pre_tokenizer,
  normalizer: null,
  ignore_merges: false,
  addBos: false,
  ...rest,
});

// Upper and lower case are written out: JavaScript of Node 20 knows no (?i:…) within a pattern.
export const contractions = "'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]";
/** Words with one sign before them, numbers of limited digits, signs, line ends, spaces. */
const words = (digits: string) =>
  `(?:${contractions})|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;
const upper = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
const lower = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';

const gpt2 = row(byteLevel(true));
const singleDigits = row({
  type: 'Sequence',
  pretokenizers: [{ type: 'Digits', individual_digits: true }, byteLevel(true)],
});
const llama3 = row(splits(words('\\p{N}{1,3}')), { ignore_merges: true, addBos: true });
const qwen2 = row(splits(words('\\p{N}')), { normalizer: { type: 'NFC' } });

/**
 * Pre-tokenizers by their name in GGUF: those of the model families that Charter trains, as the families' own
 * tokenizer.json files define them. `default` is what llama.cpp does under that name.
 *
 * @see llama.cpp `src/llama-vocab.cpp`
 */
export const preTokenizers: ReadonlyMap<string, PreTokenizer> = new Map([
  ['gpt-2', gpt2],
  ['smollm', singleDigits],
  ['starcoder', singleDigits],
  ['refact', singleDigits],
  ['llama-bpe', llama3],
  ['llama-v3', llama3],
  ['llama3', llama3],
  ['dbrx', row(splits(words('\\p{N}{1,3}')))],
  ['qwen2', qwen2],
  ['deepseek-r1-qwen', qwen2],
  [
    'tekken',
    row(
      splits(
        `[^\\r\\n\\p{L}\\p{N}]?${upper}*${lower}+|[^\\r\\n\\p{L}\\p{N}]?${upper}+${lower}*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
      ),
      { ignore_merges: true, addBos: true },
    ),
  ],
  [
    'default',
    row(
      splits(
        '[\\p{P}\\$\\+<=>\\^~\\|]+',
        "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)",
        '\\p{N}+',
        '[0-9][0-9][0-9]',
      ),
    ),
  ],
]);
