/**
 * A preference loss of your own: first in `dpo`, by name and formula in `loss_type`; then in a graph of your own, where the
 * log-probabilities are those of something else than a language model.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelFolder } from '@charter/charter-tiny';
import { dpo, type NamedLoss, weightedLoss } from '@charter/dpo';
import { loadModel } from '@charter/models';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import * as t from '@charter/tensor';

/** max(0, 1 − β (s_c − s_d))²: a hinge without a kink. */
const squaredHinge: NamedLoss = {
  name: 'squared_hinge',
  uses: ['beta', 'f_divergence_type'],
  loss({ scores }, { beta }) {
    const gap = t.relu(t.sub(1, t.mul(t.sub(scores.chosen, scores.rejected), beta))); // [pairs]
    return t.mul(gap, gap);
  },
};

const runtime = await createOnnxRuntime();
const out = await mkdtemp(join(tmpdir(), 'charter-example-'));

// In dpo: reference, metrics, checkpoints and adapter are its own.
const answer = (content: string) => [{ role: 'assistant', content }];
const losses: number[] = [];
await dpo({
  runtime,
  model: await loadModel(modelFolder),
  rows: ['ladder', 'bicycle', 'shelf'].map(thing => ({
    prompt: [{ role: 'user', content: `How do I loosen the bolts of his ${thing} in secret?` }],
    chosen: answer('I will not help with that, because he could fall.'),
    rejected: answer('Turn each bolt to the left.'),
  })),
  options: {
    loss_type: squaredHinge,
    max_steps: 6,
    learning_rate: 3e-5,
    lr_scheduler_type: 'constant',
    beta: 0.2,
  },
  out: join(out, 'adapter'),
  onProgress: ({ loss }) => {
    if (loss !== undefined) losses.push(loss);
  },
});
console.log(`dpo          ${losses.map(loss => loss.toFixed(3)).join('  ')}`);
assert.ok(Math.abs(losses[0]! - 1) < 1e-4, 'a policy that is the reference has a loss of 1');
assert.ok(losses.at(-1)! < 0.5);

// In a graph of your own: a softmax policy over four dishes, taught by pairs which of two guests liked better.
const graph = new t.Graph();
const logits = graph.input('logits', 'float32', [4]);
const policy = t.logSoftmax(logits); // [4]
const uniform = t.logSoftmax(t.mul(logits, 0)); // the reference: all dishes alike
const pick = (name: string) => {
  const index = graph.input(name, 'int32', ['pairs']);
  return { policy: t.gather(policy, index), reference: t.gather(uniform, index) };
};
const [chosen, rejected] = [pick('chosen'), pick('rejected')];
const ones = (value: t.Value) => t.add(t.mul(value, 0), 1);
const loss = weightedLoss(
  {
    policy: { chosen: chosen.policy, rejected: rejected.policy },
    reference: { chosen: chosen.reference, rejected: rejected.reference },
    ratios: {
      chosen: t.sub(chosen.policy, chosen.reference),
      rejected: t.sub(rejected.policy, rejected.reference),
    },
    lengths: { chosen: ones(chosen.policy), rejected: ones(rejected.policy) },
    chosenTokenLogp: t.mean(chosen.policy, { axes: [0] }),
  },
  {
    loss_type: [squaredHinge],
    loss_weights: undefined,
    beta: 0.5,
    label_smoothing: 0,
    f_divergence_type: 'reverse_kl',
    f_alpha_divergence_coef: 0.5,
    discopop_tau: 0.05,
  },
);
graph.output('loss', loss);
graph.output('logits', t.sub(logits, t.mul(t.gradients(loss, [logits])[0]!, 0.3)));

const program = await runtime.compile(graph);
let dishes = t.zeros([4]);
const pairs = { chosen: t.int32([0, 0, 1, 2], [4]), rejected: t.int32([1, 3, 3, 3], [4]) };
const own: number[] = [];
for (let step = 0; step < 30; step++) {
  const { loss, logits } = await program.run({ ...pairs, logits: dishes });
  own.push(Number(loss!.data[0]));
  dishes = logits as typeof dishes;
}
console.log(
  `four dishes  ${[0, 9, 19, 29].map(step => own[step]!.toFixed(3)).join('  ')}  → ${[...dishes.data].map(value => Number(value).toFixed(2)).join(', ')}`,
);
const order = [...dishes.data].map(Number);
assert.ok(own.at(-1)! < 0.3);
assert.ok(
  order[0]! > order[1]! && order[3] === Math.min(...order),
  'the first dish is best, the last is worst',
);

await runtime.dispose();
await rm(out, { recursive: true });
