import type { Message } from '@charter/core';
import {
  isChat,
  type LanguageModel,
  type Prompt,
  type PromptLogprobsOptions,
  type TokenLogprob,
} from '@charter/core';
import type { LoraAdapter } from '@charter/lora';
import {
  CALIBRATION_TEXT,
  frozenWeights,
  int8Layers,
  type LinearLayer,
  longestText,
  type MatmulPrecision,
  modelName,
  outlierChannels,
  type PretrainedModel,
} from '@charter/models';
import type { Runtime } from '@charter/tensor';
import { commonPrefixLength, endTokenIds } from '@charter/tokenizer';
import pLimit from 'p-limit';
import { GenerateError } from '../generate-error.js';
import { seedOfRequest } from '../sampling/sampler.js';
import { parseSamplingOptions } from '../sampling/sampling-options.js';
import { tokenText } from '../sampling/token-logprobs.js';
import { ContinuousBatch } from './continuous-batch.js';
import { cacheLayout, compileDecoder } from './decoder-program.js';
import { createPromptEncoder } from './encode-prompt.js';
import { KeyValueCacheAllocator } from './key-value-cache-allocator.js';
import { meanHiddenState } from './mean-hidden-state.js';
import type { PrefillContext } from './prefill.js';
import { continuationLogprobs, tokenLogprobs, topLogprobs } from './score-continuations.js';
import { Sequence } from './sequence.js';
import { SharedPrefixes } from './shared-prefixes.js';

export interface LocalModelOptions {
  /** Engine; it stays the caller's, and outlives the model. */
  runtime: Runtime;
  /** By `loadModel` of @charter/models, which also quantizes, or put together in memory. */
  model: PretrainedModel;
  /** Applied beside the weights, so the base model's memory can be shared. */
  adapter?: LoraAdapter | undefined;
  /** Name by which the model is known in files and answers; default: the last part of the model's id. */
  name?: string | undefined;
  /**
   * Precision of the products with linear layers: `int8` rounds activations and weights to 8 bits and leaves the input
   * channels with the largest activations in float32. Prompts, scores and batches are faster on processors with 8-bit
   * products, with the exactness of 8-bit weights; elsewhere the products are those of float32. Needs weights in full
   * precision. Default float32.
   */
  matmul_precision?: MatmulPrecision | undefined;
  /** Most sequences decoded at a time; default 16. */
  max_sequences?: number | undefined;
  /** Longest sequence, prompt included; default: the model's max_position_embeddings. */
  max_positions?: number | undefined;
  /** Most prompt tokens computed in one run; default 256. */
  max_prefill_tokens?: number | undefined;
  /**
   * Most tokens of shared prefixes that are kept in the cache. Prompts that begin with the same 64 tokens or more share
   * them; 0 shares none. Default 8192.
   */
  prefix_cache_tokens?: number | undefined;
  /** Seed of the requests that have none of their own; default: a new one for every model. */
  seed?: number | undefined;
  /** Called after each run of the model. */
  onProgress?: ((stats: GenerationStats) => void) | undefined;
}

/** Totals of a model since it was made. */
export interface GenerationStats {
  /** Requests answered. */
  completions: number;
  /** Computed ones: a shared prefix counts once. */
  prompt_tokens: number;
  completion_tokens: number;
  /** Time in which the model ran, without the wait for requests. */
  seconds: number;
  /** completion_tokens / seconds */
  tokens_per_second: number;
}

export interface LocalModel extends LanguageModel {
  score(request: { prompt: Message[] | string; continuations: string[] }): Promise<number[]>;
  promptLogprobs(prompt: Prompt, options?: PromptLogprobsOptions): Promise<TokenLogprob[]>;
  embed(text: string): Promise<Float32Array>;
  /** Log-probability in nats of each token after the first, given all before it. */
  scoreIds(ids: readonly number[]): Promise<number[]>;
  stats(): GenerationStats;
  dispose(): Promise<void>;
}

interface Started {
  context: PrefillContext;
  prefixes: SharedPrefixes;
  batch: ContinuousBatch;
}

/**
 * A model on this machine. Its program is compiled on the first request and serves prompts, decoding and scoring.
 * Requests made at the same time are decoded together; each text depends on its own prompt, options and seed only.
 *
 * A chat's answer ends at the model's end tokens, or at what its template writes behind an answer.
 *
 * Sampling defaults are those of {@link samplingOptionsSchema}, not of generation_config.json, of which only the end
 * tokens count (through the tokenizer).
 */
export const localModel = (options: LocalModelOptions): LocalModel => {
  const { runtime, model, name = modelName(model) } = options;
  const { config, tokenizer } = model;
  const {
    max_sequences: maxSequences = 16,
    max_prefill_tokens: prefillTokens = 256,
    prefix_cache_tokens: prefixCacheTokens = 8192,
  } = options;
  const maxPositions = Math.min(options.max_positions ?? Number.POSITIVE_INFINITY, longestText(config));
  const modelSeed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
  const allocator = new KeyValueCacheAllocator(runtime, cacheLayout(config));
  const totals = { completions: 0, prompt_tokens: 0, completion_tokens: 0, seconds: 0 };
  // Rows of one score already fill the machine; several at once would only hold more memory.
  const scoringQueue = pLimit(1);
  let requests = 0;
  let disposed = false;
  let compiled: Promise<Started> | undefined;

  const calibratedLayers = async (): Promise<LinearLayer> => {
    if (model.quantized) {
      throw new GenerateError(
        `The weights of ${name} are quantized, but matmul_precision "int8" needs them in full precision: leave out one of the two.`,
        { model: name, field: 'matmul_precision' },
      );
    }
    const ids = tokenizer.encode(CALIBRATION_TEXT, { add_special_tokens: true }).slice(0, maxPositions);
    return int8Layers(await outlierChannels(runtime, model, [ids]));
  };
  const start = async (): Promise<Started> => {
    const program = await compileDecoder({
      runtime,
      config,
      weights: frozenWeights(model),
      adapter: options.adapter,
      baseLinear: options.matmul_precision === 'int8' ? await calibratedLayers() : undefined,
      maxPositions,
    });
    const onRun = (run: { prompt_tokens: number; completion_tokens: number; seconds: number }) => {
      totals.prompt_tokens += run.prompt_tokens;
      totals.completion_tokens += run.completion_tokens;
      totals.seconds += run.seconds;
      options.onProgress?.(stats());
    };
    const context = { program, allocator, prefillTokens };
    const prefixes = new SharedPrefixes({ ...context, positions: prefixCacheTokens, onRun });
    const batch = new ContinuousBatch({ ...context, prefixes, maxSequences, onRun });
    return { context, prefixes, batch };
  };
  const ready = () => {
    if (disposed) throw new GenerateError(`The model ${name} was disposed.`, { model: name });
    compiled ??= start();
    return compiled;
  };
  const stats = (): GenerationStats => ({
    ...totals,
    tokens_per_second: totals.seconds ? totals.completion_tokens / totals.seconds : 0,
  });
  const { render, encode, checkLength } = createPromptEncoder({
    tokenizer,
    maxPositions,
    name,
    advice: `Shorten the prompt${maxPositions < longestText(config) ? ', or raise max_positions' : ''}`,
  });

  return {
    name,
    concurrency: maxSequences,
    stats,
    async generate(request) {
      const sampling = parseSamplingOptions(request, name);
      const n = requests++;
      const prompt = await encode(request.prompt, 1, request);
      // A special token has no text to be found in: as a stop string it is one more end token.
      const stopIds = sampling.stop.flatMap(text => {
        const id = tokenizer.tokenId(text);
        return id !== undefined && tokenizer.specialIds.has(id) ? [id] : [];
      });
      const ends = isChat(request.prompt) ? endTokenIds(tokenizer) : tokenizer.eosTokenIds;
      const { batch, prefixes } = await ready();
      prefixes.announce(prompt);
      const sequence = new Sequence({
        prompt,
        options: sampling,
        seed: sampling.seed ?? seedOfRequest(modelSeed, n),
        tokenizer,
        eosIds: new Set([...ends, ...stopIds]),
        maxPositions,
        request,
      });
      batch.submit(sequence);
      const completion = await sequence.completion;
      totals.completions += 1;
      return completion;
    },
    async score({ prompt, continuations }) {
      if (continuations.length === 0) return [];
      const promptIds = await encode(prompt);
      const { text, add_special_tokens } = render(prompt);
      const texts = continuations.map(continuation => {
        const ids = tokenizer.encode(text + continuation, { add_special_tokens });
        checkLength(ids.length);
        // Where a continuation merges with the prompt's last letters, the merged token counts as its own.
        const from = Math.max(1, commonPrefixLength(promptIds, ids));
        if (ids.length <= from) {
          throw new GenerateError(
            `score: the continuation ${JSON.stringify(continuation)} adds no token to the prompt.`,
            { model: name, field: 'continuations' },
          );
        }
        return { ids, from };
      });
      const { context, prefixes } = await ready();
      prefixes.announce(promptIds);
      return scoringQueue(async () => {
        // The token before the first that counts predicts it, and must be computed.
        const prefix = await prefixes.acquire(promptIds, Math.min(...texts.map(({ from }) => from)) - 1);
        try {
          return await continuationLogprobs(context, texts, prefix);
        } finally {
          if (prefix) prefixes.release(prefix);
        }
      });
    },
    async promptLogprobs(prompt, { top_logprobs = 0, signal } = {}) {
      const ids = await encode(prompt);
      const { context } = await ready();
      const text = (id: number) => tokenText(tokenizer, id);
      const [first, ...others] = ids;
      const rest = await scoringQueue(async () => {
        if (top_logprobs > 0) return topLogprobs(context, ids, { count: top_logprobs, text, signal });
        const logprobs = await tokenLogprobs(context, ids, signal);
        return others.map((id, i) => ({ ...text(id), id, logprob: logprobs[i]!, top: [] }));
      });
      return [{ ...text(first!), id: first, logprob: null, top: [] }, ...rest];
    },
    async embed(text) {
      const ids = await encode(text);
      const { context } = await ready();
      return scoringQueue(() => meanHiddenState(context, ids));
    },
    async scoreIds(ids) {
      checkLength(ids.length);
      const { context } = await ready();
      return scoringQueue(() => tokenLogprobs(context, ids));
    },
    async dispose() {
      if (disposed) return;
      disposed = true;
      const started = await compiled?.catch(() => undefined);
      await scoringQueue(() => undefined);
      await started?.batch.stop(new GenerateError(`The model ${name} was disposed.`, { model: name }));
      await started?.prefixes.dispose();
      await allocator.dispose();
      await started?.context.program.dispose();
    },
  };
};
