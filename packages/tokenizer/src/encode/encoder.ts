import type { BPE, Tokenizer } from '@huggingface/tokenizers';
import type { TokenizerJson } from '../tokens/special-tokens.js';
import { type AddedToken, addedTokenFinder } from './added-tokens.js';
import { type BytePairSettings, bytePairEncoder } from './byte-pairs.js';
import { createPreTokenizer } from './pre-tokenizers.js';

/** Ids of a text, and the tokens as the vocabulary spells them. */
export interface Encoded {
  readonly ids: number[];
  readonly tokens: string[];
}

/**
 * Encodes as the Rust library does: added tokens first, then normalizer, pre-tokenizer, model and post-processor.
 * `@huggingface/tokenizers` has the normalizers, the merges and the post-processors; the other steps are done here,
 * because its own give other ids for some texts (docs/parity.md).
 *
 * @param library a tokenizer of the same tokenizer.json
 * @throws {TokenizerError} for a pre-tokenizer that is not known
 * @see tokenizers 0.23 `tokenizer/added_vocabulary.rs`, `extract_and_normalize`
 */
export const createEncoder = (
  library: Tokenizer,
  json: TokenizerJson,
): ((text: string, add_special_tokens: boolean) => Encoded) => {
  const { normalizer, post_processor } = library;
  const model = library.model!;
  const preTokenize = createPreTokenizer(json.pre_tokenizer as Parameters<typeof createPreTokenizer>[0]);
  const [asWritten, normalized] = [new Map<string, AddedToken>(), new Map<string, AddedToken>()];
  for (const token of json.added_tokens as readonly AddedToken[]) {
    if (token.normalized ?? !token.special) {
      normalized.set(normalizer ? normalizer.normalize(token.content) : token.content, token);
    } else {
      asWritten.set(token.content, token);
    }
  }
  const [findAsWritten, findNormalized] = [addedTokenFinder(asWritten), addedTokenFinder(normalized)];
  const bytePairs =
    json.model.type === 'BPE'
      ? bytePairEncoder(model as BPE, json.model as unknown as BytePairSettings)
      : undefined;
  const idOf = (token: string) => model.tokens_to_ids.get(token) ?? model.unk_token_id;

  const tokensOf = (text: string): string[] =>
    findAsWritten(text).flatMap(piece => {
      if (piece.token) return [piece.token.content];
      const read = normalizer ? normalizer.normalize(piece.text) : piece.text;
      return findNormalized(read).flatMap(part => {
        if (part.token) return [part.token.content];
        const words = preTokenize(part.text, piece.isFirst && part.isFirst);
        return bytePairs ? words.flatMap(bytePairs) : model._call(words);
      });
    });

  return (text, add_special_tokens) => {
    const own = tokensOf(text);
    const tokens = post_processor ? post_processor._call(own, null, add_special_tokens).tokens : own;
    return { tokens, ids: tokens.map(token => idOf(token)!) };
  };
};
