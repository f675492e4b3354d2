import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadAdapter } from '@charter/lora';
import { adaptableModules, loadModel } from '@charter/models';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import type { Runtime } from '@charter/tensor';
import { loadTokenizer, type Tokenizer } from '@charter/tokenizer';
import type { TokenTree } from '@charter/trainer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scorePairs } from './score-pairs.js';
import { scoreTexts } from './score-texts.js';
import { createScorer, type Scorer, type ScorerOptions } from './scorer.js';

const fixtures = (path: string) => fileURLToPath(new URL(`../../../../fixtures/${path}`, import.meta.url));
const json = (path: string) => JSON.parse(readFileSync(fixtures(path), 'utf8'));
const jsonl = (path: string) =>
  readFileSync(fixtures(path), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));

let runtime: Runtime;
let tokenizer: Tokenizer;
let base: Scorer;

const scorerFor = async (adapter?: string, options: Partial<ScorerOptions> = {}): Promise<Scorer> => {
  const model = await loadModel(fixtures('models/llama'));
  const modules = adaptableModules(model.config);
  return createScorer({
    runtime,
    model,
    adapter: adapter === undefined ? undefined : await loadAdapter(fixtures(adapter), modules),
    ...options,
  });
};

beforeAll(async () => {
  runtime = await createOnnxRuntime({ threads: 1 });
  tokenizer = await loadTokenizer(fixtures('models/llama'));
  base = await scorerFor();
});

afterAll(() => runtime.dispose());

const wholeText = (ids: number[]): TokenTree => ({
  prefix: [],
  branches: [{ ids, lossMask: ids.map(() => true) }],
});

const mean = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length;

describe('createScorer', () => {
  it('gives every token the log-probability that transformers gives it', async () => {
    const { rows } = json('scores/llama.json') as { rows: { ids: number[]; logprobs: number[] }[] };
    const found = await base.logprobs(rows.map(({ ids }) => wholeText(ids)));
    rows.forEach(({ logprobs }, row) => {
      expect(found[row]![0]).toHaveLength(logprobs.length);
      logprobs.forEach((logprob, i) => {
        expect(found[row]![0]![i]).toBeCloseTo(logprob, 4);
      });
    });
  });

  it.each(['llama-all-linear', 'llama-rslora-patterns'])(
    'applies the adapter %s as PEFT does',
    async name => {
      const adapted = await scorerFor(`adapters/${name}`);
      const { rows } = json(`adapters/${name}/scores.json`) as {
        rows: { ids: number[]; logprobs: number[] }[];
      };
      const found = await adapted.logprobs(rows.map(({ ids }) => wholeText(ids)));
      rows.forEach(({ logprobs }, row) => {
        logprobs.forEach((logprob, i) => {
          expect(Math.abs(found[row]![0]![i]! - logprob)).toBeLessThan(1e-4);
        });
      });
      await adapted.dispose();
    },
  );

  it('gives the same numbers in one batch, in many, and with a prompt shared or repeated', async () => {
    const prompt = tokenizer.encode('The dog barks at ');
    const answers = ['night.', 'the moon, and nobody knows why.', 'me'].map(text => tokenizer.encode(text));
    const branches = answers.map(ids => ({ ids, lossMask: ids.map(() => true) }));
    const tree: TokenTree = { prefix: prompt, branches };
    const apart = branches.map((branch): TokenTree => ({ prefix: prompt, branches: [branch] }));
    const trees = [tree, ...apart];
    const one = await base.logprobs(trees);
    const small = await scorerFor(undefined, { batchTokens: 1 });
    const progress: number[] = [];
    const many = await small.logprobs(trees, { onProgress: ({ done }) => progress.push(done) });
    expect(progress).toEqual([1, 2, 3, 4]);
    for (const results of [one, many]) {
      answers.forEach((ids, i) => {
        expect(results[0]![i]).toHaveLength(ids.length);
        ids.forEach((_, k) => {
          expect(results[0]![i]![k]).toBeCloseTo(one[i + 1]![0]![k]!, 4);
          expect(results[i + 1]![0]![k]).toBeCloseTo(one[i + 1]![0]![k]!, 4);
        });
      });
    }
    await small.dispose();
  });

  it('says which row is too long, and for how many positions', async () => {
    const short = await scorerFor(undefined, { maxPositions: 8 });
    const trees = [wholeText([5, 6]), wholeText(Array.from({ length: 9 }, () => 7))];
    await expect(short.logprobs(trees)).rejects.toThrow(
      "row 1: 9 tokens are more than the model's 8 positions. Shorten the row, or leave it out.",
    );
    await short.dispose();
  });

  it('stops between two batches when it is told to', async () => {
    const small = await scorerFor(undefined, { batchTokens: 1 });
    const controller = new AbortController();
    let batches = 0;
    const running = small.logprobs([wholeText([5, 6]), wholeText([7, 8])], {
      signal: controller.signal,
      onProgress: () => {
        batches++;
        controller.abort(new Error('enough'));
      },
    });
    await expect(running).rejects.toThrow('enough');
    expect(batches).toBe(1);
    await small.dispose();
  });
});

describe('scorePairs', () => {
  // TRL's first two steps use the parameters of the start (their learning rates are 0, then used after the step), two
  // pairs each, and log the mean of the summed log-probabilities.
  it.each(['base', 'adapter'])('sums what DPOTrainer logs before it learns: %s', async name => {
    const { steps, initial_adapter, settings } = json(`dpo/${name}.json`);
    const scorer = initial_adapter ? await scorerFor(initial_adapter) : base;
    const { scores, leftOut } = await scorePairs(scorer, tokenizer, jsonl('inputs/pairs.jsonl'), {
      max_length: settings.max_length,
    });
    expect(leftOut).toEqual([]);
    for (const step of [0, 1]) {
      const pairs = scores.slice(2 * step, 2 * step + 2);
      expect(
        Math.abs(mean(pairs.map(({ chosen }) => chosen.logprob)) - steps[step]['logps/chosen']),
      ).toBeLessThan(5e-4);
      expect(
        Math.abs(mean(pairs.map(({ rejected }) => rejected.logprob)) - steps[step]['logps/rejected']),
      ).toBeLessThan(5e-4);
    }
  });

  it('counts the tokens that TRL prepares, cut where TRL cuts them', async () => {
    const { prepared, settings } = json('dpo/base.json') as {
      prepared: { prompt_ids: number[]; chosen_ids: number[]; rejected_ids: number[] }[];
      settings: { max_length: number };
    };
    const { scores } = await scorePairs(base, tokenizer, jsonl('inputs/pairs.jsonl'), settings);
    expect(scores.map(({ chosen, rejected }) => [chosen.tokens, rejected.tokens])).toEqual(
      prepared.map(({ prompt_ids, chosen_ids, rejected_ids }) =>
        [chosen_ids, rejected_ids].map(ids => Math.min(ids.length, settings.max_length - prompt_ids.length)),
      ),
    );
    expect(Math.max(...prepared.map(p => p.prompt_ids.length + p.rejected_ids.length))).toBeGreaterThan(80);
  });

  it('leaves out a pair whose prompt fills the length, and says so', async () => {
    const pair = { prompt: 'a very long prompt', chosen: ' yes', rejected: ' no' };
    const { scores, leftOut } = await scorePairs(base, tokenizer, [pair], { max_length: 4 });
    const length = tokenizer.encode(pair.prompt).length;
    expect(scores).toEqual([]);
    expect(leftOut).toEqual([{ row: 0, reason: `the prompt alone has ${length} of 4 tokens` }]);
  });

  it('tells equal pairs apart, so that each has its own id', async () => {
    const pair = { prompt: 'Hi', chosen: ' you', rejected: ' me' };
    const { scores } = await scorePairs(base, tokenizer, [pair, pair]);
    expect(scores[1]!.id).toBe(`${scores[0]!.id}-2`);
    expect(scores[1]!.chosen).toEqual(scores[0]!.chosen);
  });
});

describe('scoreTexts', () => {
  it('averages to the loss that SFTTrainer logs before it learns', async () => {
    const { steps, settings } = json('sft/completion-only.json');
    const rows = jsonl('inputs/prompt-completion.jsonl');
    const perStep = settings.per_device_train_batch_size * settings.gradient_accumulation_steps;
    const { scores } = await scoreTexts(base, tokenizer, rows, { max_length: settings.max_length });
    for (const step of [0, 1]) {
      const part = scores.slice(step * perStep, (step + 1) * perStep);
      const logprob = part.reduce((sum, score) => sum + score.logprob, 0);
      const tokens = part.reduce((sum, score) => sum + score.tokens, 0);
      expect(-logprob / tokens).toBeCloseTo(steps[step].loss, 4);
    }
  });

  it('leaves out a text of which no completion is left', async () => {
    const text = { prompt: 'a very long prompt', completion: ' yes' };
    const { scores, leftOut } = await scoreTexts(base, tokenizer, [text], { max_length: 4 });
    expect(scores).toEqual([]);
    expect(leftOut).toEqual([{ row: 0, reason: 'no token of the completion is within 4 tokens' }]);
  });
});
