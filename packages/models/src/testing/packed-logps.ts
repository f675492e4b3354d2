import { Graph, int32, type Runtime } from '@charter/tensor';
import { decoder } from '../decoder.js';
import { labelScores } from '../label-scores.js';
import { packedAttention } from '../packed-attention.js';
import { rotaryFeeds } from '../rotary-feeds.js';
import type { FixtureModel } from './fixture-model.js';

/** One token of a packed row. */
export interface PackedToken {
  readonly id: number;
  readonly segment: number;
  readonly branch: number;
  readonly position: number;
}

/** A token whose log-probability is asked for, and the place in a row that predicts it. */
export interface PackedLabel {
  readonly row: number;
  readonly at: number;
  readonly id: number;
}

/**
 * Runs a model over packed rows. Shorter rows are padded.
 *
 * @returns the labels' log-probabilities, in nats
 */
export const packedLogps = async (
  runtime: Runtime,
  { config, weights }: FixtureModel,
  rows: readonly (readonly PackedToken[])[],
  labels: readonly PackedLabel[],
): Promise<Float32Array> => {
  const graph = new Graph();
  const perToken = (name: string) => graph.input(name, 'int32', ['rows', 'time']);
  const perLabel = (name: string) => graph.input(name, 'int32', ['labels']);
  const [inputIds, positionIds] = [perToken('input_ids'), perToken('position_ids')];
  const [segmentIds, branchIds] = [perToken('segment_ids'), perToken('branch_ids')];
  const attention = packedAttention(config, { segmentIds, branchIds, positionIds });
  const hidden = decoder(graph, config, { inputIds, positionIds, attention });
  const wanted = { labelIndex: perLabel('label_index'), labels: perLabel('labels') };
  graph.output('logps', labelScores(graph, config, hidden, wanted).logps);

  const time = Math.max(...rows.map(row => row.length));
  const padding: PackedToken = { id: 0, segment: -1, branch: 0, position: 0 };
  const grid = (field: keyof PackedToken) =>
    int32(
      rows.flatMap(row => Array.from({ length: time }, (_, t) => (row[t] ?? padding)[field])),
      [rows.length, time],
    );
  const longest = new Map<string, number>();
  const textOf = (row: number, { segment }: PackedToken) => `${row} ${segment}`;
  rows.forEach((tokens, row) => {
    for (const token of tokens)
      longest.set(textOf(row, token), Math.max(longest.get(textOf(row, token)) ?? 0, token.position + 1));
  });
  const lengths = Int32Array.from({ length: rows.length * time }, (_, i) => {
    const row = Math.floor(i / time);
    return longest.get(textOf(row, rows[row]![i % time] ?? padding)) ?? 0;
  });
  const positions = grid('position');
  const program = await runtime.compile(graph, { weights });
  const { logps } = await program.run({
    input_ids: grid('id'),
    position_ids: positions,
    segment_ids: grid('segment'),
    branch_ids: grid('branch'),
    label_index: int32(labels.map(({ row, at }) => row * time + at)),
    labels: int32(labels.map(({ id }) => id)),
    ...rotaryFeeds(config, { shape: [rows.length, time], positions: positions.data, lengths }),
  });
  await program.dispose();
  return logps!.data as Float32Array;
};

/** Texts laid one after the other into as many rows as `bins` has, each by the numbers of its texts. */
export const packTexts = (
  texts: readonly (readonly number[])[],
  bins: readonly (readonly number[])[],
): { rows: PackedToken[][]; labels: PackedLabel[] } => {
  const labels: PackedLabel[] = [];
  const rows = bins.map((members, row) => {
    const tokens: PackedToken[] = [];
    for (const member of members) {
      texts[member]!.forEach((id, position) => {
        if (position > 0) labels.push({ row, at: tokens.length - 1, id });
        tokens.push({ id, segment: member, branch: 0, position });
      });
    }
    return tokens;
  });
  return { rows, labels };
};
