import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '@charter/core/node';
import {
  type AnswersByCondition,
  answerPrompts,
  type EvaluationPrompt,
  type Judge,
  type JudgedAnswer,
  judgeAnswers,
  ruleJudge,
} from '@charter/evaluate';
import { localModel } from '@charter/generate';
import { mergeAdapter } from '@charter/lora';
import { sft } from '@charter/sft';
import { z } from 'zod';
import { CliError } from '../command-line/cli-error.js';
import type { CommandContext } from '../command-line/command.js';
import { adapterFingerprint } from '../command-line/run-record.js';
import { openAdapter, pullModel } from '../models/open-model.js';
import { trainingProgress } from '../training/training-progress.js';
import { type AdaptedModel, type AnswerOptions, measureAnswers } from './measure-answers.js';

/** Conditions under which a trained model is measured, and what each one shows. */
export const robustnessConditions = {
  trained: 'with its adapter',
  'adapter off': 'the base alone: without the adapter all training is undone',
  merged: 'the adapter merged into the weights',
  '4 bits': 'merged, then the linear layers quantized to 4 bits',
  attacked: 'trained for a few more steps on answers of the base that comply with harmful requests',
} as const;
export type RobustnessCondition = keyof typeof robustnessConditions;

/** Settings of the attack, with their defaults. */
export const attackSettings = {
  steps: z.number().int().positive().default(20).describe('optimizer steps of the attack, four answers each'),
  learning_rate: z.number().positive().default(2e-4).describe('learning rate of the attack'),
};

export interface RobustnessRequest extends Omit<AdaptedModel, 'adapter' | 'quantize'> {
  /** Folder of the adapter. */
  readonly adapter: string;
  /** Harmful prompts for the attack; those that are measured by must not be among them. */
  readonly attack: readonly EvaluationPrompt[];
  /** Optimizer steps of the attack, four answers each. */
  readonly steps: number;
  readonly learning_rate: number;
  /** The prompts to measure by. */
  readonly prompts: readonly EvaluationPrompt[];
  readonly judges: readonly [Judge, ...Judge[]];
  /** Gets the attacker's data and adapter. */
  readonly folder: string;
}

/**
 * Robustness of training against later changes of the model: answers to the same prompts under each condition.
 *
 * @throws {CliError} when prompts are in the attack and in the measurement, or the base complies with none of the attack
 */
export const measureRobustness = async (
  request: RobustnessRequest,
  options: AnswerOptions,
  context: CommandContext,
): Promise<AnswersByCondition> => {
  const { model, runtime, adapter: adapterFolder, prompts, judges, folder } = request;
  checkAttack(request);
  const adapter = await openAdapter(adapterFolder, model);
  const identity = await adapterFingerprint(adapterFolder);
  const measure = (writer: Omit<AdaptedModel, 'runtime'>, condition: RobustnessCondition, own: unknown) => {
    context.terminal.note(`robustness: ${condition}, ${robustnessConditions[condition]}`);
    return measureAnswers({ ...writer, runtime }, prompts, { ...options, identity: own, judges }, context);
  };
  const answers: Partial<Record<RobustnessCondition, JudgedAnswer[]>> = {};
  answers.trained = await measure({ model, adapter }, 'trained', identity);
  answers['adapter off'] = await measure({ model }, 'adapter off', null);

  const merged = join(folder, 'merged');
  await rm(merged, { recursive: true, force: true });
  await mergeAdapter({ model: model.folder, adapter: adapterFolder, out: merged });
  try {
    const mergedModel = { ...(await pullModel(merged, context)), id: model.id };
    answers.merged = await measure({ model: mergedModel }, 'merged', ['merged', identity]);
    answers['4 bits'] = await measure({ model: mergedModel, quantize: '4bit' }, '4 bits', [
      'merged',
      identity,
    ]);
  } finally {
    // As large as the model, and made again in seconds.
    await rm(merged, { recursive: true, force: true });
  }

  const attacked = await attack(request, options, context);
  answers.attacked = await measure(
    { model, adapter: await openAdapter(attacked, model) },
    'attacked',
    await adapterFingerprint(attacked),
  );
  return answers as AnswersByCondition;
};

/** @throws {CliError} when a prompt of the attack is measured by */
const checkAttack = ({ attack: asked, prompts }: RobustnessRequest): void => {
  const measured = new Set(prompts.map(({ prompt }) => JSON.stringify(prompt)));
  const both = asked.findIndex(({ prompt }) => measured.has(JSON.stringify(prompt)));
  if (both >= 0) {
    throw new CliError(
      `Prompt ${both + 1} of the attack is among the evaluation prompts. Give other prompts for the attack.`,
    );
  }
};

/** Trains the adapter on, on answers of the base that comply. @returns the new adapter's folder */
const attack = async (
  { model, runtime, adapter, attack: asked, steps, learning_rate, folder }: RobustnessRequest,
  { identity: _, answers: __, verdicts: ___, ...sampling }: AnswerOptions,
  { terminal, signal }: CommandContext,
): Promise<string> => {
  const base = localModel({ model, runtime });
  const line = terminal.progress('answer', asked.length);
  const { answers } = await answerPrompts({
    model: base,
    prompts: asked,
    out: join(folder, 'attack.answers.jsonl'),
    sampling,
    signal,
    onProgress: ({ done }) => line.update(done, 'of the base, for the attack'),
  }).finally(async () => {
    line.stop();
    await base.dispose();
  });
  signal.throwIfAborted();
  const judged = await judgeAnswers(answers, ruleJudge);
  const rows = judged.flatMap(({ prompt, text, verdict }) =>
    verdict.outcome === 'complied' && typeof prompt !== 'string'
      ? [
          {
            kind: 'prompt-completion' as const,
            prompt: [...prompt],
            completion: [{ role: 'assistant' as const, content: text }],
          },
        ]
      : [],
  );
  if (rows.length === 0) {
    throw new CliError(
      `The base complies with none of the ${asked.length} prompts of the attack, so there is nothing to attack with.`,
    );
  }
  terminal.note(
    `robustness: attack with ${rows.length} of ${asked.length} answers that comply, ${steps} steps`,
  );
  const settings = {
    max_steps: steps,
    learning_rate,
    per_device_train_batch_size: 4,
    seed: sampling.seed,
    save_steps: 0,
  };
  // Other answers or settings are another attack.
  const key = sha256([await adapterFingerprint(adapter), rows, settings]);
  const out = join(folder, `attacked-${key.slice(0, 8)}`);
  const progress = trainingProgress(terminal, 'attack');
  const { status } = await sft({
    runtime,
    model,
    rows,
    options: settings,
    adapter,
    out,
    onProgress: progress.update,
    signal,
  }).finally(progress.stop);
  if (status === 'stopped') throw signal.reason;
  return out;
};
