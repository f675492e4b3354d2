import { CheckpointError } from '../checkpoint-error.js';
import type { GgufMetadata } from './gguf-metadata.js';
import type { TokenizerParts } from './tokenizer-parts.js';
import type { VocabularyEntry } from './vocabulary.js';

/** SentencePiece's sign for a space. */
const space = '▁';

/**
 * A SentencePiece BPE tokenizer (Llama 2, Mistral 7B) of a GGUF file. SentencePiece merges whichever neighbours make
 * the piece of the highest score; as a list of merges, that is every split of every piece into two others, by score.
 *
 * @see transformers `convert_slow_tokenizer.py`, `generate_merges` and `LlamaConverter`
 */
export const sentencePieceTokenizer = (
  metadata: GgufMetadata,
  vocabulary: readonly VocabularyEntry[],
): TokenizerParts => {
  const unknown = vocabulary[metadata.number('tokenizer.ggml.unknown_token_id') ?? 0]?.text;
  if (unknown === undefined) {
    throw new CheckpointError(metadata.file, 'tokenizer.ggml.unknown_token_id is not in the vocabulary.');
  }
  const prefix = metadata.boolean('tokenizer.ggml.add_space_prefix') ?? true;
  return {
    addBos: true,
    json: {
      normalizer: {
        type: 'Sequence',
        normalizers: [
          ...(prefix ? [{ type: 'Prepend', prepend: space }] : []),
          { type: 'Replace', pattern: { String: ' ' }, content: space },
        ],
      },
      pre_tokenizer: null,
      decoder: {
        type: 'Sequence',
        decoders: [
          { type: 'Replace', pattern: { String: space }, content: ' ' },
          { type: 'ByteFallback' },
          { type: 'Fuse' },
          ...(prefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
        ],
      },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: unknown,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: true,
        byte_fallback: true,
        ignore_merges: false,
        vocab: Object.fromEntries(vocabulary.map(({ text }, id) => [text, id])),
        merges: mergesByScore(vocabulary),
      },
    },
  };
};

const mergesByScore = (vocabulary: readonly VocabularyEntry[]): string[] => {
  const pieces = new Map(
    vocabulary.flatMap(({ text, kind, score }) => (kind === 'normal' ? [[text, score] as const] : [])),
  );
  const merges: { left: string; right: string; score: number }[] = [];
  for (const [piece, score] of pieces) {
    const characters = [...piece];
    for (let i = 1; i < characters.length; i++) {
      const left = characters.slice(0, i).join('');
      const right = characters.slice(i).join('');
      if (pieces.has(left) && pieces.has(right)) merges.push({ left, right, score });
    }
  }
  return merges
    .sort((a, b) => b.score - a.score || b.left.length - a.left.length)
    .map(({ left, right }) => `${left} ${right}`);
};
