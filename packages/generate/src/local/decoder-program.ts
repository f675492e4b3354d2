import { frozenAdapter, type LoraAdapter } from '@charter/lora';
import {
  adaptableModules,
  cacheInvalidatedAt,
  type LinearLayer,
  type ModelConfig,
  prefixStableUpTo,
} from '@charter/models';
import {
  elementCount,
  type FrozenWeight,
  type Program,
  type Runtime,
  type StoredBytes,
} from '@charter/tensor';
import { decoderGraph } from './decoder-graph.js';
import {
  type DecoderResult,
  type DecoderRun,
  decoderInputs,
  generalResults,
  stepResults,
} from './decoder-run.js';
import { type CacheLayout, KeyValueCache } from './key-value-cache.js';

export interface DecoderProgramOptions {
  runtime: Runtime;
  config: ModelConfig;
  /** Full-precision or quantized. */
  weights: ReadonlyMap<string, FrozenWeight>;
  adapter?: LoraAdapter | undefined;
  /** Products with frozen weights; default: those of `linear`. */
  baseLinear?: LinearLayer | undefined;
  /** Positions of the rotary table: the longest sequence. */
  maxPositions: number;
}

/** A compiled model with a key-value cache: prefill, decoding and scoring. */
export interface DecoderProgram {
  readonly layout: CacheLayout;
  /** Longer texts depend on their own length from the first token on, and share no prefix. */
  readonly prefixStableUpTo: number;
  /** Length at which a text that is being written must be computed anew, if there is one. */
  readonly cacheInvalidatedAt: number | undefined;
  /**
   * Computes new tokens for the rows of a cache.
   *
   * @throws {RangeError} when the cache lacks the capacity for them
   */
  run(run: DecoderRun): Promise<DecoderResult>;
  dispose(): Promise<void>;
}

export const cacheLayout = (config: ModelConfig): CacheLayout => ({
  layers: config.num_hidden_layers,
  kv_heads: config.num_key_value_heads,
  head_dim: config.head_dim,
});

/**
 * Decoding steps have programs of their own, which take a third fewer operations, up to this size of the weights: each
 * program holds them once more, in the order that the processor likes. Larger models do all with one program.
 */
const LARGEST_COPIED_BYTES = 2 ** 30;

export const compileDecoder = async (options: DecoderProgramOptions): Promise<DecoderProgram> => {
  const { runtime, config, baseLinear, maxPositions } = options;
  const adapter =
    options.adapter && frozenAdapter(options.adapter, adaptableModules(config), config.model_type);
  const weights = new Map<string, FrozenWeight>([...options.weights, ...(adapter?.weights ?? [])]);
  const compile = (oneToken: boolean, prefix: boolean) =>
    runtime.compile(
      decoderGraph({ config, weights, adapter, baseLinear, maxPositions }, { oneToken, prefix }),
      {
        weights,
      },
    );
  const general = await compile(false, true);
  const stepPrograms = new Map<boolean, Promise<Program>>();
  const stepProgram = (prefix: boolean): Promise<Program> => {
    const program = stepPrograms.get(prefix) ?? compile(true, prefix);
    stepPrograms.set(prefix, program);
    return program;
  };
  const hasStepPrograms = bytesOf(weights) <= LARGEST_COPIED_BYTES;
  const layout = cacheLayout(config);
  // Stands in for a prefix where there is none; masked.
  const noPrefix = await KeyValueCache.create(runtime, layout, { rows: 1, capacity: 1 });
  return {
    layout,
    prefixStableUpTo: prefixStableUpTo(config),
    cacheInvalidatedAt: cacheInvalidatedAt(config),
    async dispose() {
      await noPrefix.dispose();
      for (const program of stepPrograms.values()) await (await program).dispose();
      await general.dispose();
    },
    async run(run) {
      const { cache, tokens } = run;
      const counts = tokens.map(row => row.length);
      const lengths = counts.map((n, row) => n + cache.lengths[row]!);
      const fullest = Math.max(...lengths);
      if (fullest > cache.capacity) {
        throw new RangeError(`The cache holds ${cache.capacity} positions, but ${fullest} are needed.`);
      }
      const isStep =
        hasStepPrograms && counts.every(n => n <= 1) && !run.labels?.length && !run.states?.length;
      const program = isStep ? await stepProgram(cache.prefix !== undefined) : general;
      const outputs = await program.run(
        decoderInputs(run, { config, maxPositions, isStep, noPrefix }),
        cache.newEntries(counts),
      );
      return {
        cache: cache.withLengths(lengths),
        ...(isStep ? stepResults(outputs, run, config) : generalResults(outputs, run, config)),
      };
    },
  };
};

const bytesOf = (weights: ReadonlyMap<string, FrozenWeight>): number => {
  const stored = (part: StoredBytes) => ('data' in part ? part.data.byteLength : part.length);
  let sum = 0;
  for (const weight of weights.values())
    sum += 'block' in weight ? stored(weight.values) + stored(weight.scales) : 4 * elementCount(weight.shape);
  return sum;
};
