import { Graph, int32, type Runtime } from '@charter/tensor';
import { decoder } from '../decoder/decoder.js';
import { labelScores } from '../decoder/label-scores.js';
import { type PackOptions, packTexts } from '../packing/pack-texts.js';
import { packedInputs } from '../packing/packed-inputs.js';
import type { FixtureModel } from './fixture-model.js';

/**
 * Runs a model over texts laid out by `packTexts`.
 *
 * @param from position of the first token of each text whose log-probability is asked for; default 1
 * @returns log-probabilities of all tokens from there on, text by text, in nats
 */
export const packedLogps = async (
  runtime: Runtime,
  { config, weights }: FixtureModel,
  texts: readonly (readonly number[])[],
  { from = 1, ...options }: PackOptions & { from?: number } = {},
): Promise<Float32Array> => {
  const graph = new Graph();
  const perLabel = (name: string) => graph.input(name, 'int32', ['labels']);
  const hidden = decoder(graph, config, packedInputs(graph, config));
  const wanted = { labelIndex: perLabel('label_index'), labels: perLabel('labels') };
  graph.output('logps', labelScores(graph, config, hidden, wanted).logps);

  const { feeds, paths } = packTexts(
    texts.map(ids => ({ ids })),
    { config, ...options },
  );
  const program = await runtime.compile(graph, { weights });
  const { logps } = await program.run({
    ...feeds,
    label_index: int32(paths.flatMap(path => path.slice(from - 1, -1))),
    labels: int32(texts.flatMap(ids => ids.slice(from))),
  });
  await program.dispose();
  return logps!.data as Float32Array;
};
