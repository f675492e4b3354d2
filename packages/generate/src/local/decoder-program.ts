import { frozenAdapter, type LoraConfig } from '@charter/lora';
import {
  adaptableModules,
  cacheInvalidatedAt,
  type ModelConfig,
  prefixStableUpTo,
  rotaryFeeds,
} from '@charter/models';
import {
  elementCount,
  type FrozenWeight,
  float32,
  int32,
  type Program,
  type Runtime,
  type StoredBytes,
  type Tensor,
} from '@charter/tensor';
import type { LogitsRequest, NextLogits } from '../sampling/next-logits.js';
import { decoderGraph } from './decoder-graph.js';
import { type CacheLayout, KeyValueCache } from './key-value-cache.js';

/** A LoRA adapter as `loadAdapter` of @charter/lora returns it. It is applied beside the weights, not merged. */
export interface Adapter {
  config: LoraConfig;
  tensors: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>;
}

export interface DecoderProgramOptions {
  runtime: Runtime;
  config: ModelConfig;
  /** May be in few bits already. */
  weights: ReadonlyMap<string, FrozenWeight>;
  adapter?: Adapter | undefined;
  /** Positions of the rotary table: the longest sequence. */
  maxPositions: number;
}

/** A position of one row's new tokens. */
export interface TokenPosition {
  row: number;
  /** Index among the row's new tokens. */
  offset: number;
}

export interface DecoderRun {
  cache: KeyValueCache;
  /** New tokens of each row of the cache; none for a row that rides along. */
  tokens: readonly (readonly number[])[];
  /** Of the texts whose beginnings the rows hold, with all that is known to come; default: the tokens so far. */
  lengths?: readonly number[] | undefined;
  /** Where the next token is to be drawn. */
  samples?: readonly (TokenPosition & LogitsRequest)[] | undefined;
  /** Where the probability of a given next token is asked for. */
  labels?: readonly (TokenPosition & { id: number })[] | undefined;
  /** Where the last hidden state is asked for. */
  states?: readonly TokenPosition[] | undefined;
}

/** Computes tokens: prompts, texts that are being written, and texts whose probabilities are asked for. */
export interface DecoderProgram {
  readonly layout: CacheLayout;
  /** Longer texts are computed by their own length from the first token on, and share no beginning. */
  readonly prefixStableUpTo: number;
  /** The length at which a text that is being written must be computed anew, if there is one. */
  readonly cacheInvalidatedAt: number | undefined;
  /**
   * Appends tokens to the rows of a cache, which must have room for them.
   *
   * @returns `scores` for each of `samples`: all logits, or the likeliest ones where these were asked for and the run is a
   *   decoding step; `logps`, the natural logarithm of the probability of each of
   *   `labels`; `states`, `[hidden]` for each of `states`
   */
  run(run: DecoderRun): Promise<{ scores: NextLogits[]; logps: Float32Array; states: Float32Array[] }>;
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
  const { runtime, config, maxPositions } = options;
  const adapter =
    options.adapter && frozenAdapter(options.adapter, adaptableModules(config), config.model_type);
  const weights = new Map<string, FrozenWeight>([...options.weights, ...(adapter?.weights ?? [])]);
  const parts = { config, weights, adapter, maxPositions };
  const compile = (oneToken: boolean, prefix: boolean) =>
    runtime.compile(decoderGraph(parts, { oneToken, prefix }), { weights });
  const general = await compile(false, true);
  const ofSteps = new Map<boolean, Promise<Program>>();
  const small = bytesOf(weights) <= LARGEST_COPIED_BYTES;
  const ofStep = (prefix: boolean): Promise<Program> => {
    const program = ofSteps.get(prefix) ?? compile(true, prefix);
    ofSteps.set(prefix, program);
    return program;
  };
  const layout = cacheLayout(config);
  // Stands in for a prefix where there is none, and is never seen.
  const empty = await KeyValueCache.create(runtime, layout, { rows: 1, capacity: 1 });
  return {
    layout,
    prefixStableUpTo: prefixStableUpTo(config),
    cacheInvalidatedAt: cacheInvalidatedAt(config),
    async dispose() {
      await empty.dispose();
      for (const program of ofSteps.values()) await (await program).dispose();
      await general.dispose();
    },
    async run({ cache, tokens, lengths, samples = [], labels = [], states = [] }) {
      const { rows, offset, prefix } = cache;
      const time = Math.max(1, ...tokens.map(row => row.length));
      const count = Int32Array.from(tokens, row => row.length);
      const fullest = Math.max(...count.map((n, row) => n + cache.lengths[row]!));
      if (fullest > cache.capacity) {
        throw new RangeError(`The cache holds ${cache.capacity} positions, but ${fullest} are needed.`);
      }
      const ids = new Int32Array(rows * time);
      const positions = new Int32Array(rows * time);
      const textLengths = new Int32Array(rows * time);
      tokens.forEach((row, r) => {
        ids.set(row, r * time);
        // Padding computes something too, and must find its position in the table.
        const before = offset + cache.lengths[r]!;
        for (let t = 0; t < time; t++) positions[r * time + t] = Math.min(before + t, maxPositions - 1);
        textLengths.fill(Math.max(lengths?.[r] ?? 0, before + row.length), r * time, (r + 1) * time);
      });
      const flat = (places: readonly TokenPosition[]) =>
        Int32Array.from(places, ({ row, offset }) => row * time + offset);
      const asStep = small && time === 1 && labels.length === 0 && states.length === 0;
      // Places are projected once, however many labels stand there.
      const places = orOne(new Set([...flat(samples), ...flat(labels)]));
      const indexOf = new Map(places.map((place, i) => [place, i]));
      const rowsOf = (wanted: readonly TokenPosition[]) =>
        int32(orOne(flat(wanted).map(place => indexOf.get(place)!)));
      const whole = samples.filter(({ topK }) => !asStep || !topK);
      const summed = samples.filter(({ inverseTemperature }) => inverseTemperature !== undefined);
      const program = asStep ? await ofStep(prefix !== undefined) : general;
      const outputs = await program.run(
        {
          input_ids: int32(ids, [rows, time]),
          position_ids: int32(positions, [rows, time]),
          past_lengths: int32(cache.lengths.slice()),
          places: int32(places),
          ...(asStep && {
            whole: rowsOf(whole),
            summed: rowsOf(summed),
            inverse_temperatures: float32(
              orOne(summed.map(({ inverseTemperature }) => inverseTemperature!)),
              [Math.max(1, summed.length), 1],
            ),
          }),
          ...(!asStep && {
            samples: rowsOf(samples),
            label_places: rowsOf(labels),
            labels: int32(orOne(labels.map(label => label.id))),
            state_places: int32(orOne(flat(states))),
          }),
          ...rotaryFeeds(config, { shape: [rows, time], positions, lengths: textLengths }),
          ...cache.feeds(),
          ...((prefix || !asStep) && {
            prefix_length: int32([offset], []),
            ...(prefix ?? empty).prefixFeeds(),
          }),
        },
        cache.newEntries(count),
      );
      count.forEach((n, row) => {
        cache.lengths[row]! += n;
      });
      const rowsIn = (name: string, wanted: readonly TokenPosition[], width: number) => {
        const all = outputs[name]?.data as Float32Array;
        return wanted.map((_, i) => all.subarray(i * width, (i + 1) * width));
      };
      return {
        scores: asStep
          ? stepScores(outputs, samples, config)
          : rowsIn('logits', samples, config.vocab_size).map(logits => ({ logits })),
        logps: ((outputs.logps?.data as Float32Array | undefined) ?? new Float32Array()).subarray(
          0,
          labels.length,
        ),
        states: rowsIn('states', states, config.hidden_size),
      };
    },
  };
};

/** What a decoding step gives for each sample. */
const stepScores = (
  outputs: Readonly<Record<string, Tensor>>,
  samples: readonly LogitsRequest[],
  { vocab_size }: ModelConfig,
): NextLogits[] => {
  const part = <T>(name: string, i: number, width: number): T =>
    outputs[name]!.data.subarray(i * width, (i + 1) * width) as T;
  const k = outputs.best!.shape[1]!;
  let [whole, summed] = [0, 0];
  return samples.map(({ topK, inverseTemperature }, i) =>
    topK
      ? {
          topK: {
            logits: part<Float32Array>('best', i, k),
            ids: part<Int32Array>('best_ids', i, k),
            complete: k === vocab_size,
            ...(inverseTemperature !== undefined && {
              logSumExp: part<Float32Array>('log_sums', summed++, 1)[0]!,
            }),
          },
        }
      : { logits: part<Float32Array>('logits', whole++, vocab_size) },
  );
};

/** The first one where nobody asks for any: operators of WebGPU take no empty tensor. */
const orOne = (indices: Iterable<number>): number[] => {
  const all = [...indices];
  return all.length > 0 ? all : [0];
};

const bytesOf = (weights: ReadonlyMap<string, FrozenWeight>): number => {
  const stored = (part: StoredBytes) => ('data' in part ? part.data.byteLength : part.length);
  let sum = 0;
  for (const weight of weights.values())
    sum += 'block' in weight ? stored(weight.values) + stored(weight.scales) : 4 * elementCount(weight.shape);
  return sum;
};
