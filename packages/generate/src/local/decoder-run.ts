import { type ModelConfig, rotaryFeeds } from '@charter/models';
import { type Feed, float32, int32, type Tensor } from '@charter/tensor';
import type { LogitsRequest, NextLogits } from '../sampling/next-logits.js';
import type { KeyValueCache } from './key-value-cache.js';

/** Position among the new tokens of a run. */
export interface TokenPosition {
  row: number;
  /** Index among the row's new tokens. */
  offset: number;
}

export interface DecoderRun {
  /** Its valid entries come before the new tokens. */
  cache: KeyValueCache;
  /** New tokens of each row of the cache; none for a row that only pads the batch. */
  tokens: readonly (readonly number[])[];
  /** Lengths of the whole texts, where these are known to go on; default: the tokens so far. */
  lengths?: readonly number[] | undefined;
  /** Positions whose next token is drawn. */
  samples?: readonly (TokenPosition & LogitsRequest)[] | undefined;
  /** Positions whose next token is given, and its probability requested. */
  labels?: readonly (TokenPosition & { id: number })[] | undefined;
  /** Positions whose last hidden state is requested. */
  states?: readonly TokenPosition[] | undefined;
}

export interface DecoderResult {
  /** The run's cache with the new tokens among its valid entries. */
  cache: KeyValueCache;
  /** For each of `samples`; the k largest where these were requested and the run is a decoding step, else all. */
  logits: NextLogits[];
  /** Natural logarithm of the probability of each of `labels`. */
  logps: Float32Array;
  /** `[hidden]` for each of `states`. */
  states: Float32Array[];
}

type Outputs = Readonly<Record<string, Tensor>>;
type Results = Omit<DecoderResult, 'cache'>;

/** Inputs of the decoder's graph, of the form for one token where `isStep`. */
export const decoderInputs = (
  run: DecoderRun,
  {
    config,
    maxPositions,
    isStep,
    noPrefix,
  }: { config: ModelConfig; maxPositions: number; isStep: boolean; noPrefix: KeyValueCache },
): Record<string, Feed> => {
  const { cache, tokens, samples = [], labels = [], states = [] } = run;
  const { rows, offset, prefix } = cache;
  const time = newTokens(run);
  const ids = new Int32Array(rows * time);
  const positions = new Int32Array(rows * time);
  const lengths = new Int32Array(rows * time);
  tokens.forEach((row, r) => {
    ids.set(row, r * time);
    // Padding is computed too, and must find its position in the rotary table.
    const before = offset + cache.lengths[r]!;
    for (let t = 0; t < time; t++) positions[r * time + t] = Math.min(before + t, maxPositions - 1);
    lengths.fill(Math.max(run.lengths?.[r] ?? 0, before + row.length), r * time, (r + 1) * time);
  });
  const flat = (wanted: readonly TokenPosition[]): number[] =>
    wanted.map(({ row, offset }) => row * time + offset);
  // A position is projected once, however many labels it has.
  const projected = orOne(new Set([...flat(samples), ...flat(labels)]));
  const indexOf = new Map(projected.map((position, i) => [position, i]));
  const rowsOf = (wanted: readonly TokenPosition[]) =>
    int32(orOne(flat(wanted).map(position => indexOf.get(position)!)));
  const normalized = samples.filter(({ inverseTemperature }) => inverseTemperature !== undefined);
  return {
    input_ids: int32(ids, [rows, time]),
    position_ids: int32(positions, [rows, time]),
    past_lengths: int32(Int32Array.from(cache.lengths)),
    projected: int32(projected),
    ...(isStep
      ? {
          full_rows: rowsOf(samples.filter(({ topK }) => !topK)),
          normalized_rows: rowsOf(normalized),
          inverse_temperatures: float32(
            orOne(normalized.map(({ inverseTemperature }) => inverseTemperature!)),
            [Math.max(1, normalized.length), 1],
          ),
        }
      : {
          sample_rows: rowsOf(samples),
          label_rows: rowsOf(labels),
          labels: int32(orOne(labels.map(label => label.id))),
          state_positions: int32(orOne(flat(states))),
        }),
    ...rotaryFeeds(config, { shape: [rows, time], positions, lengths }),
    ...cache.feeds(),
    ...((prefix || !isStep) && {
      prefix_length: int32([offset], []),
      ...(prefix ?? noPrefix).prefixFeeds(),
    }),
  };
};

/** Results of the graph for any number of tokens: all logits of each sample. */
export const generalResults = (
  outputs: Outputs,
  { samples = [], labels = [], states = [] }: DecoderRun,
  { vocab_size, hidden_size }: ModelConfig,
): Results => ({
  logits: samples.map((_, i) => ({ logits: rowOf<Float32Array>(outputs.logits!, i, vocab_size) })),
  logps: rowOf(outputs.logps!, 0, labels.length),
  states: states.map((_, i) => rowOf(outputs.states!, i, hidden_size)),
});

/** Results of the graph for one token: the k largest logits where these are enough. */
export const stepResults = (
  outputs: Outputs,
  { samples = [] }: DecoderRun,
  { vocab_size }: ModelConfig,
): Results => {
  const k = outputs.top_k!.shape[1]!;
  let [full, normalized] = [0, 0];
  const logits = samples.map(({ topK, inverseTemperature }, i) =>
    topK
      ? {
          topK: {
            logits: rowOf<Float32Array>(outputs.top_k!, i, k),
            ids: rowOf<Int32Array>(outputs.top_k_ids!, i, k),
            complete: k === vocab_size,
            ...(inverseTemperature !== undefined && {
              logSumExp: rowOf<Float32Array>(outputs.log_sum_exps!, normalized++, 1)[0]!,
            }),
          },
        }
      : { logits: rowOf<Float32Array>(outputs.logits!, full++, vocab_size) },
  );
  return { logits, logps: new Float32Array(), states: [] };
};

/** Length of the longest row of new tokens. */
const newTokens = ({ tokens }: DecoderRun): number => Math.max(1, ...tokens.map(row => row.length));

const rowOf = <T extends Tensor['data']>({ data }: Tensor, row: number, width: number): T =>
  data.subarray(row * width, (row + 1) * width) as T;

/** The first one where none is wanted: operators of WebGPU take no empty tensor. */
const orOne = (indices: Iterable<number>): number[] => {
  const all = [...indices];
  return all.length > 0 ? all : [0];
};
