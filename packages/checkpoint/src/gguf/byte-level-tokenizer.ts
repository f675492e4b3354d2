import { CheckpointError } from '../checkpoint-error.js';
import type { GgufMetadata } from './gguf-metadata.js';
import { preTokenizers } from './pre-tokenizers.js';
import type { TokenizerParts } from './tokenizer-parts.js';
import type { VocabularyEntry } from './vocabulary.js';

/**
 * A byte-level BPE tokenizer (GPT-2's kind: Llama 3, Qwen, SmolLM) of a GGUF file.
 * @throws {CheckpointError} when the file does not say how text is cut, or in a way that is not known
 */
export const byteLevelTokenizer = (
  metadata: GgufMetadata,
  vocabulary: readonly VocabularyEntry[],
): TokenizerParts => {
  const pre = metadata.string('tokenizer.ggml.pre');
  const cut = preTokenizers.get(pre ?? '');
  if (!cut) {
    const known = [...preTokenizers.keys()].join(', ');
    throw new CheckpointError(
      metadata.file,
      pre === undefined
        ? 'does not say how its tokenizer cuts text (tokenizer.ggml.pre), as files from before May 2024. Use a newer one.'
        : `its tokenizer cuts text as "${pre}" does; known are ${known}. Use the model in Hugging Face layout.`,
    );
  }
  const ids = vocabulary.flatMap(({ text, kind }, id) =>
    // Fillers that round the vocabulary up stand for no text.
    kind === 'unused' ? [] : ([[text, id]] as const),
  );
  return {
    addBos: cut.addBos,
    json: {
      normalizer: cut.normalizer,
      pre_tokenizer: cut.pre_tokenizer,
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: cut.ignore_merges,
        vocab: Object.fromEntries(ids),
        merges: metadata.required(metadata.strings, 'tokenizer.ggml.merges'),
      },
    },
  };
};
