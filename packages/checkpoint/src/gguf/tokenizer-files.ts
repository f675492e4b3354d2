import { CheckpointError } from '../checkpoint-error.js';
import { byteLevelTokenizer } from './byte-level-tokenizer.js';
import type { GgufMetadata } from './gguf-metadata.js';
import { sentencePieceTokenizer } from './sentencepiece-tokenizer.js';
import { addedTokens, readVocabulary, type VocabularyEntry } from './vocabulary.js';

/** By `tokenizer.ggml.model`. */
const kinds = new Map([
  ['gpt2', byteLevelTokenizer],
  ['llama', sentencePieceTokenizer],
]);

/** Control tokens that end a turn; many files name only one of them as EOS. */
const turnEnds = new Set(['<|im_end|>', '<|eot_id|>', '<|eom_id|>']);

/**
 * The tokenizer that a GGUF file carries, as the files of a model folder: name → text.
 *
 * @throws {CheckpointError} when it carries none, or one of another kind
 */
export const tokenizerFiles = (metadata: GgufMetadata): Map<string, string> => {
  const model = metadata.required(metadata.string, 'tokenizer.ggml.model');
  const kind = kinds.get(model);
  if (!kind) {
    throw new CheckpointError(
      metadata.file,
      `its tokenizer is of the kind "${model}"; ${[...kinds.keys()].join(' and ')} can be converted. ` +
        'Use the model in Hugging Face layout.',
    );
  }
  const vocabulary = readVocabulary(metadata);
  const { json, addBos } = kind(metadata, vocabulary);
  const token = (name: string) => specialToken(metadata, vocabulary, name);
  const [bos, eos] = [token('bos'), token('eos')];
  const first = (metadata.boolean('tokenizer.ggml.add_bos_token') ?? addBos) ? bos : undefined;
  const last = metadata.boolean('tokenizer.ggml.add_eos_token') ? eos : undefined;

  const files = new Map([
    [
      'tokenizer.json',
      write({
        version: '1.0',
        truncation: null,
        padding: null,
        added_tokens: addedTokens(vocabulary),
        ...json,
        post_processor: first || last ? template(first, last) : null,
      }),
    ],
    [
      'tokenizer_config.json',
      write({
        tokenizer_class: 'PreTrainedTokenizerFast',
        add_bos_token: first !== undefined,
        add_eos_token: last !== undefined,
        bos_token: bos?.text ?? null,
        eos_token: eos?.text ?? null,
        unk_token: token('unknown')?.text ?? null,
        pad_token: token('padding')?.text ?? null,
        clean_up_tokenization_spaces: false,
      }),
    ],
    [
      'generation_config.json',
      write({
        bos_token_id: bos?.id ?? null,
        eos_token_id: endIds(vocabulary, [eos, token('eot'), token('eom')]),
        pad_token_id: token('padding')?.id ?? null,
      }),
    ],
  ]);
  for (const key of metadata.keys()) {
    const match = /^tokenizer\.chat_template(?:\.([\w-]+))?$/.exec(key);
    if (!match) continue;
    const file =
      match[1] === undefined ? 'chat_template.jinja' : `additional_chat_templates/${match[1]}.jinja`;
    files.set(file, metadata.string(key)!);
  }
  return files;
};

interface Token {
  readonly id: number;
  readonly text: string;
}

const specialToken = (
  metadata: GgufMetadata,
  vocabulary: readonly VocabularyEntry[],
  name: string,
): Token | undefined => {
  const key = `tokenizer.ggml.${name}_token_id`;
  const id = metadata.number(key);
  if (id === undefined) return undefined;
  const entry = vocabulary[id];
  if (!entry)
    throw new CheckpointError(metadata.file, `${key} is ${id}, but there are ${vocabulary.length} tokens.`);
  return { id, text: entry.text };
};

/** Ids that end a generation, EOS first. */
const endIds = (vocabulary: readonly VocabularyEntry[], tokens: readonly (Token | undefined)[]): number[] => {
  const named = tokens.flatMap(token => (token ? [token.id] : []));
  const known = vocabulary.flatMap(({ text, kind }, id) =>
    kind === 'control' && turnEnds.has(text) ? [id] : [],
  );
  return [...new Set([...named, ...known])];
};

/** The post-processor that puts BOS before and EOS behind a text. */
const template = (first: Token | undefined, last: Token | undefined) => {
  const piece = (token: Token | undefined, type_id: number) =>
    token ? [{ SpecialToken: { id: token.text, type_id } }] : [];
  const around = (id: string, type_id: number) => [
    ...piece(first, type_id),
    { Sequence: { id, type_id } },
    ...piece(last, type_id),
  ];
  return {
    type: 'TemplateProcessing',
    single: around('A', 0),
    pair: [...around('A', 0), ...around('B', 1)],
    special_tokens: Object.fromEntries(
      [first, last].flatMap(token =>
        token ? [[token.text, { id: token.text, ids: [token.id], tokens: [token.text] }]] : [],
      ),
    ),
  };
};

const write = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
