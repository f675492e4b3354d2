import { join } from 'node:path';
import { openCheckpoint } from '@charter/checkpoint';
import { decoder, labelScores, packedInputs, parseModelConfig } from '@charter/models';
import { checkGraph, decomposeGraph, Graph, gradients, mul, rotary, sum } from '@charter/tensor';
import { describe, expect, it } from 'vitest';
import { lowerings } from '../lowering/lowering.js';
import { fusesRotary } from '../lowering/rotary-lowering.js';
import { graphPasses } from './graph-passes.js';

const models = ['llama', 'mistral', 'qwen2', 'qwen3', 'gemma3', 'phi3', 'phi3-longrope', 'llama-dynamic'];

/** A loss of the model's label log-probabilities, and its gradient by the embeddings of the tokens. */
const training = async (name: string): Promise<Graph> => {
  const { config } = await openCheckpoint(join('fixtures', 'models', name));
  const graph = new Graph();
  const model = parseModelConfig(config);
  const table = graph.input('embeddings', 'float32', [model.vocab_size, model.hidden_size]);
  graph.bind('model.embed_tokens.weight', table);
  const hidden = decoder(graph, model, packedInputs(graph, model), { maxPositions: 64 });
  const [labelIndex, labels] = ['label_index', 'labels'].map(input =>
    graph.input(input, 'int32', ['labels']),
  );
  const { logps, entropy } = labelScores(graph, model, hidden, { labelIndex: labelIndex!, labels: labels! });
  const weights = graph.input('weights', 'float32', ['labels']);
  const loss = graph.output('loss', sum(mul(logps, weights), { axes: [0] }));
  graph.output('entropy', entropy);
  graph.output('gradient', gradients(loss, [table])[0]!);
  return graph;
};

describe.each(['cpu', 'webgpu'] as const)('passes for %s', device => {
  it.each(models)('leave a legal graph with the same inputs, outputs and boundaries: %s', async name => {
    const before = await training(name);
    checkGraph(before);
    let graph = decomposeGraph(before, value =>
      rotary.is(value) ? fusesRotary(value) : value.op in lowerings,
    );
    checkGraph(graph);
    for (const pass of graphPasses(device)) {
      graph = pass(graph);
      checkGraph(graph);
      expect([...graph.inputs.keys()]).toEqual([...before.inputs.keys()]);
      expect([...graph.outputs.keys()]).toEqual([...before.outputs.keys()]);
      for (const [output, { shape, dtype }] of before.outputs)
        expect(graph.outputs.get(output)).toMatchObject({ shape, dtype });
    }
    expect(graph.boundaries.size).toBe(
      [...before.boundaries].filter(value => before.reachable().includes(value)).length,
    );
  });
});
