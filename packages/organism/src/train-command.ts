/** `pnpm organism:train`: pretrains the organism into a model folder. Ctrl-C stops it; the same command goes on. */
import { parseArgs } from 'node:util';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import { householdConstitution } from './household-constitution.js';
import { trainOrganism } from './train-organism.js';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'runs/charter-tiny-model' },
    seed: { type: 'string', default: '1' },
    texts: { type: 'string', default: '48000' },
    'vocab-size': { type: 'string', default: '2048' },
    'hidden-size': { type: 'string', default: '160' },
    layers: { type: 'string', default: '6' },
    'batch-size': { type: 'string', default: '16' },
    'learning-rate': { type: 'string', default: '2e-3' },
    threads: { type: 'string' },
  },
});

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

const runtime = await createOnnxRuntime(
  values.threads === undefined ? {} : { threads: Number(values.threads) },
);
let shown = 0;
try {
  const { status, global_step } = await trainOrganism({
    runtime,
    constitution: await householdConstitution(),
    out: values.out,
    seed: Number(values.seed),
    texts: Number(values.texts),
    vocabSize: Number(values['vocab-size']),
    hiddenSize: Number(values['hidden-size']),
    layers: Number(values.layers),
    batchSize: Number(values['batch-size']),
    learningRate: Number(values['learning-rate']),
    signal: stop.signal,
    onCorpus: ({ texts, tokens, parameters, vocabSize }) =>
      console.log(`${texts} texts, ${tokens} tokens of ${vocabSize} kinds; ${parameters} parameters`),
    onProgress: ({ step, max_steps, loss, tokens_per_second, seconds_left }) => {
      const last = step === max_steps;
      if (loss === undefined || (!last && Date.now() - shown < 10_000)) return;
      shown = Date.now();
      console.log(
        `step ${step} of ${max_steps}, loss ${loss.toFixed(3)}, ${tokens_per_second.toFixed(0)} tokens/s, ${((seconds_left ?? 0) / 60).toFixed(1)} min left`,
      );
    },
  });
  console.log(
    status === 'completed'
      ? `${values.out} holds the model`
      : `stopped after step ${global_step}; run it again to go on`,
  );
} finally {
  await runtime.dispose();
}
