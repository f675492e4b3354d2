/** Parts that differ between the kinds of tokenizers. */
export interface TokenizerParts {
  /** True when BOS is added unless the file says otherwise. */
  readonly addBos: boolean;
  /** Parts of tokenizer.json. */
  readonly json: Readonly<Record<'normalizer' | 'pre_tokenizer' | 'decoder' | 'model', object | null>>;
}
