import { CheckpointError } from '../checkpoint-error.js';
import type { GgufMetadata } from './gguf-metadata.js';

/** `tokenizer.ggml.token_type`, as ggml numbers the kinds. */
const kinds = ['', 'normal', 'unknown', 'control', 'user-defined', 'unused', 'byte'] as const;

/** One token; its position in the list is its id. */
export interface VocabularyEntry {
  readonly text: string;
  readonly kind: (typeof kinds)[number];
  /** Of SentencePiece vocabularies: the higher, the earlier a merge into this piece. */
  readonly score: number;
}

/**
 * The tokens of a GGUF file in the order of their ids.
 * @throws {CheckpointError} when there are none, or lists differ in length
 */
export const readVocabulary = (metadata: GgufMetadata): VocabularyEntry[] => {
  const tokens = metadata.required(metadata.strings, 'tokenizer.ggml.tokens');
  const perToken = (name: string) => {
    const values = metadata.numbers(`tokenizer.ggml.${name}`);
    if (values && values.length !== tokens.length) {
      throw new CheckpointError(
        metadata.file,
        `tokenizer.ggml.${name} has ${values.length} entries for ${tokens.length} tokens.`,
      );
    }
    return values;
  };
  const types = perToken('token_type');
  const scores = perToken('scores');
  return tokens.map((text, id) => ({
    text,
    kind: kinds[types?.[id] ?? 1] ?? 'normal',
    score: scores?.[id] ?? 0,
  }));
};

/** `added_tokens` of tokenizer.json: those that are found in text before anything else. */
export const addedTokens = (vocabulary: readonly VocabularyEntry[]): object[] =>
  vocabulary.flatMap(({ text, kind }, id) =>
    kind === 'control' || kind === 'user-defined' || kind === 'unknown'
      ? [
          {
            id,
            content: text,
            single_word: false,
            lstrip: false,
            rstrip: false,
            normalized: false,
            special: kind !== 'user-defined',
          },
        ]
      : [],
  );
