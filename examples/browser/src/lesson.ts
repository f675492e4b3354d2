// Model, critique and training, in a web worker so that the page stays responsive.

import harmfulRows from '@charter/charter-tiny/prompts/harmful.jsonl?raw';
import helpfulRows from '@charter/charter-tiny/prompts/helpful.jsonl?raw';
import { parseConstitution, reviseAnswer } from '@charter/critique';
import household from '@charter/critique/constitutions/household.yaml?raw';
import { type LocalModel, localModel, type Message } from '@charter/generate';
import { adapterFiles } from '@charter/lora';
import { createWebRuntime, type WebRuntimeOptions } from '@charter/runtime-onnx/web';
import { type SftInMemoryResult, type SftRow, sftInMemory } from '@charter/sft';
import { expose, transfer } from 'comlink';
import { zipSync } from 'fflate';
import { fetchTinyModel } from './tiny-model.js';

export interface Review {
  answer: string;
  /** Critique request of the principle. */
  request: string;
  critique: string;
  revision: string;
}

export interface TrainedStep {
  step: number;
  max_steps: number;
  loss: number;
}

export type Device = NonNullable<WebRuntimeOptions['device']>;

interface Prompt {
  prompt: Message[];
  response: string;
}

const parseRows = (jsonl: string): Prompt[] =>
  jsonl
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));

const constitution = parseConstitution(household);

let greedy: { temperature: 0; max_new_tokens: number };
let runtime: Awaited<ReturnType<typeof createWebRuntime>>;
let base: Awaited<ReturnType<typeof fetchTinyModel>>;
let before: LocalModel;
let after: LocalModel;
let trained: SftInMemoryResult;

const lesson = {
  /**
   * Starts the engine and the model; resolves to the engine's name.
   *
   * @param tokens limit of a generated text
   */
  async open({ device, tokens }: { device: Device; tokens: number }): Promise<string> {
    greedy = { temperature: 0, max_new_tokens: tokens };
    runtime = await createWebRuntime({ device });
    base = await fetchTinyModel();
    before = localModel({ runtime, model: base });
    return runtime.name;
  },

  /** Answer of the base model, its critique by the constitution, and its revision. */
  async review(question: string): Promise<Review> {
    const { answer, steps, revision } = await reviseByConstitution(question);
    const { principle_id, critique, revision: last } = steps.at(-1)!;
    const { critique: request } = constitution.principles.find(({ id }) => id === principle_id)!;
    return { answer, request, critique, revision: revision ?? last };
  },

  /**
   * Revises the model's answers to N prompts and trains a LoRA adapter on the revisions, mixed with N helpful answers
   * against over-refusal.
   */
  async learn(
    { prompts, steps }: { prompts: number; steps: number },
    onRevised: (done: number) => void,
    onStep: (step: TrainedStep) => void,
  ): Promise<void> {
    let done = 0;
    const revised = await Promise.all(
      parseRows(harmfulRows)
        .slice(0, prompts)
        .map(async ({ prompt }) => {
          const { revision } = await reviseByConstitution(prompt);
          onRevised(++done);
          // A revision that a gate rejected is not trained on.
          return revision ? [row(prompt, revision)] : [];
        }),
    );
    const helpful = parseRows(helpfulRows).slice(0, prompts);
    trained = await sftInMemory({
      runtime,
      model: base,
      rows: [...revised.flat(), ...helpful.map(({ prompt, response }) => row(prompt, response))],
      lora: { r: 8, lora_alpha: 16 },
      options: {
        max_steps: steps,
        per_device_train_batch_size: 8,
        learning_rate: 3e-3,
        lr_scheduler_type: 'cosine',
        max_length: 512,
      },
      onProgress: ({ step, max_steps, loss }) => loss !== undefined && onStep({ step, max_steps, loss }),
    });
    after = localModel({
      runtime,
      model: base,
      adapter: trained.adapter,
      name: `${base.id} with the adapter`,
    });
  },

  /** Answer of the model with the adapter. */
  async answer(question: string): Promise<string> {
    const { text } = await after.generate({ prompt: [{ role: 'user', content: question }], ...greedy });
    return text;
  },

  /** Zip archive of the adapter in PEFT's format. */
  zippedAdapter(): Uint8Array<ArrayBuffer> {
    const zip = zipSync(Object.fromEntries(adapterFiles(trained.adapter))) as Uint8Array<ArrayBuffer>;
    return transfer(zip, [zip.buffer]);
  },
};

/** Settings of the recipe charter-tiny: the model is too small for few-shot examples, and its critiques resemble each other. */
const reviseByConstitution = (prompt: string | Message[]) =>
  reviseAnswer({
    model: before,
    constitution,
    prompt,
    few_shot: 0,
    sampling: { answer: greedy, critique: greedy, revision: greedy },
    gates: { 'critique-repeated': false },
  });

const row = (prompt: Message[], answer: string): SftRow => ({
  prompt,
  completion: [{ role: 'assistant', content: answer }],
});

export type Lesson = typeof lesson;
expose(lesson);
