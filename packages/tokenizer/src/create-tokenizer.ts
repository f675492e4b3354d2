import type { ChatMessage } from '@charter/core';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { type CompiledChatTemplate, compileChatTemplate, type Span } from './chat-template.js';
import { createEncoder, type Encoded } from './encode/encoder.js';
import { tokenizePreference, tokenizePromptCompletion } from './joint-tokens.js';
import { assistantSpans } from './templates/assistant-spans.js';
import { continueFinalMessage } from './templates/continue-final-message.js';
import { explainRefusal } from './templates/template-refusal.js';
import type { ChatOptions, Tokenizer } from './tokenizer.js';
import { ChatTemplateError, TokenizerError } from './tokenizer-error.js';
import { createDecodeStream } from './tokens/decode-stream.js';
import { fileRemarks } from './tokens/file-remarks.js';
import { alignTokens, spell, tokenSurface } from './tokens/offsets.js';
import { specialTokens, type TokenizerConfig, withConfiguredTokens } from './tokens/special-tokens.js';

/** A tokenizer's files, parsed. */
export interface TokenizerSource {
  /** tokenizer.json */
  tokenizerJson: object;
  /** tokenizer_config.json, with special_tokens_map.json's entries where it lacks them */
  tokenizerConfig?: TokenizerConfig | undefined;
  /** The chat template; wins over the one in tokenizer_config.json. */
  chatTemplate?: string | undefined;
  /** Variables of every rendering, such as `enable_thinking`; those of a call win. */
  chatTemplateKwargs?: Readonly<Record<string, unknown>> | undefined;
  /** Rows of the model's embedding table; default: one for each id. */
  embeddings?: number | undefined;
  /** `eos_token_id` of generation_config.json */
  eosTokenIds?: readonly number[] | undefined;
}

/**
 * A tokenizer from the parsed files of a model folder.
 *
 * @throws {TokenizerError} when the files do not describe a tokenizer
 */
export const createTokenizer = (source: TokenizerSource): Tokenizer => {
  const config = source.tokenizerConfig ?? {};
  const json = withConfiguredTokens(source.tokenizerJson, config);
  const library = usable(() => new HuggingFaceTokenizer({ ...json, pre_tokenizer: null }, config));
  const encoder = usable(() => createEncoder(library, json));
  const encode: typeof encoder = (text, add_special_tokens) =>
    usable(() => encoder(text, add_special_tokens));
  const surface = tokenSurface(json);
  const special = specialTokens(config);
  const idOf = (token: string | undefined) => (token === undefined ? undefined : library.token_to_id(token));
  const eosTokenId = idOf(special.eos_token);
  const specialIds = new Set(
    [...library.get_added_tokens_decoder().values()].filter(token => token.special).map(token => token.id),
  );
  // transformers 5 never cleans up spaces behind a BPE tokenizer: it would change text that was exact.
  const cleanUp = json.model.type !== 'BPE' && config.clean_up_tokenization_spaces === true;
  const compiled = new Map<string, CompiledChatTemplate>();

  const template = (options: ChatOptions): CompiledChatTemplate => {
    const text = options.chat_template ?? source.chatTemplate ?? configuredTemplate(config, options);
    if (text === undefined) {
      throw new ChatTemplateError(
        'This tokenizer has no chat template, so it cannot write messages. Give one (chat_template), put a ' +
          'chat_template.jinja beside tokenizer.json, or use plain text.',
        { reason: 'no chat template' },
      );
    }
    let template = compiled.get(text);
    if (!template) {
      try {
        template = compileChatTemplate(text);
      } catch (cause) {
        const reason = (cause as Error).message;
        throw new ChatTemplateError(`The chat template is not valid Jinja: ${reason}`, { reason, cause });
      }
      compiled.set(text, template);
    }
    return template;
  };

  const render = (messages: readonly ChatMessage[], given: ChatOptions) => {
    const chat_template_kwargs = { ...source.chatTemplateKwargs, ...given.chat_template_kwargs };
    const options = { ...given, chat_template_kwargs };
    const { render } = template(options);
    try {
      return render(messages, special, options);
    } catch (cause) {
      throw explainRefusal(cause, messages, part => render(part, special, options));
    }
  };

  const { embeddings } = source;
  const embedded = (encoded: Encoded): Encoded => {
    const at = embeddings === undefined ? -1 : encoded.ids.findIndex(id => id >= embeddings);
    if (at < 0) return encoded;
    throw new TokenizerError(
      `The token ${JSON.stringify(encoded.tokens[at])} has the id ${encoded.ids[at]}, but the model has embeddings for ` +
        `0 to ${embeddings! - 1} only. Take it out of tokenizer_config.json or out of the text.`,
    );
  };

  const tokenizer: Tokenizer = {
    remarks: fileRemarks(json, config),
    vocabSize: [...library.get_vocab().values()].reduce((most, id) => Math.max(most, id), -1) + 1,
    bosToken: special.bos_token,
    eosToken: special.eos_token,
    bosTokenId: idOf(special.bos_token),
    eosTokenId,
    eosTokenIds: [
      ...new Set([...(source.eosTokenIds ?? []), ...(eosTokenId === undefined ? [] : [eosTokenId])]),
    ],
    padTokenId: idOf(special.pad_token) ?? eosTokenId,
    specialIds,
    chatTemplate: source.chatTemplate ?? configuredTemplate(config, {}),

    encode: (text, { add_special_tokens = true } = {}) => embedded(encode(text, add_special_tokens)).ids,

    encodeWithOffsets(text, { add_special_tokens = true } = {}) {
      const { ids, tokens } = embedded(encode(text, false));
      const offsets = alignTokens(text, tokens, surface);
      if (!add_special_tokens) return { ids, offsets };
      const all = tokenizer.encode(text);
      const before = placeWithin(all, ids);
      return {
        ids: all,
        offsets: all.map((_, i) => {
          if (i < before) return { start: 0, end: 0 };
          return offsets[i - before] ?? { start: text.length, end: text.length };
        }),
      };
    },

    decode(ids, { skip_special_tokens = false } = {}) {
      // As in the Rust library, ids outside the vocabulary have no text.
      const known = ids.filter(id => library.id_to_token(id) !== undefined);
      const shown = skip_special_tokens ? known.filter(id => !specialIds.has(id)) : known;
      if (shown.length === 0) return '';
      return usable(() => library.decode(shown, { clean_up_tokenization_spaces: cleanUp }));
    },
    decodeStream: options => createDecodeStream(ids => tokenizer.decode(ids, options)),
    tokenText: id => library.id_to_token(id),
    tokenBytes(id) {
      const token = library.id_to_token(id);
      return token === undefined ? undefined : spell(token, surface);
    },
    tokenId: token => library.token_to_id(token),

    renderChat(messages, options = {}) {
      if (messages.length === 0) {
        throw new ChatTemplateError('There are no messages to write. Give at least one.', {
          reason: 'empty conversation',
        });
      }
      return options.continue_final_message
        ? continueFinalMessage(
            messages,
            options,
            template(options).source,
            open => render(open, options).text,
          )
        : render(messages, options).text;
    },

    applyChatTemplate(messages, options = {}) {
      if (!options.return_assistant_tokens_mask) {
        const text = tokenizer.renderChat(messages, options);
        return { text, ids: tokenizer.encode(text, { add_special_tokens: false }) };
      }
      if (options.continue_final_message) {
        throw new ChatTemplateError(
          'continue_final_message and return_assistant_tokens_mask exclude each other: the one is for generation, ' +
            'the other for training.',
          { reason: 'incompatible options' },
        );
      }
      const { text, generated } = render(messages, options);
      const spans = template(options).hasGenerationMarkers
        ? generated
        : assistantSpans(
            messages,
            text,
            (part, add_generation_prompt) => render(part, { ...options, add_generation_prompt }).text,
          );
      const { ids, offsets } = tokenizer.encodeWithOffsets(text, { add_special_tokens: false });
      return { text, ids, assistantMask: maskOf(offsets, spans) };
    },

    tokenizeText(text) {
      const eos = special.eos_token;
      if (eos === undefined || text.endsWith(eos)) return tokenizer.encode(text);
      // A post-processor that writes EOS itself would write a second one.
      const writesEos = tokenizer.encode(text).at(-1) === eosTokenId;
      return tokenizer.encode(writesEos ? text : text + eos);
    },
    tokenizePromptCompletion: (prompt, completion, options) =>
      tokenizePromptCompletion(tokenizer, prompt, completion, options),
    tokenizePreference: (prompt, chosen, rejected, options) =>
      tokenizePreference(tokenizer, prompt, chosen, rejected, options),
  };
  return tokenizer;
};

/** The library’s tokenizer of a file. @throws {TokenizerError} where it fails at a part that is damaged */
const usable = <T>(work: () => T): T => {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof TokenizerError) throw cause;
    throw new TokenizerError(`tokenizer.json cannot be used: ${(cause as Error).message}`, { cause });
  }
};

/** tokenizer_config.json may hold one template or several by name. */
const configuredTemplate = (config: TokenizerConfig, options: ChatOptions): string | undefined => {
  const own = config.chat_template;
  if (typeof own === 'string' || !own) return own ?? undefined;
  const named = (name: string) => own.find(entry => entry.name === name)?.template;
  return (options.tools ? named('tool_use') : undefined) ?? named('default');
};

/** Number of ids that a post-processor put before those of the text. */
const placeWithin = (all: readonly number[], ids: readonly number[]): number => {
  const most = all.length - ids.length;
  for (let before = 0; before < most; before++) {
    if (ids.every((id, i) => all[before + i] === id)) return before;
  }
  return most;
};

/** 1 for each token that shares a character with a span. Both are in the text's order. */
const maskOf = (offsets: readonly Span[], spans: readonly Span[]): number[] => {
  let next = 0;
  return offsets.map(({ start, end }) => {
    while (next < spans.length && spans[next]!.end <= start) next += 1;
    const span = spans[next];
    return span !== undefined && start < span.end && end > span.start ? 1 : 0;
  });
};
