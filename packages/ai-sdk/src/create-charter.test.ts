import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { modelFolder } from '@charter/charter-tiny';
import { localModel } from '@charter/generate';
import { loadAdapter } from '@charter/lora';
import { adaptableModules, loadModel } from '@charter/models';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import type { Runtime } from '@charter/tensor';
import { cosineSimilarity, embedMany, generateText, NoSuchModelError, streamText } from 'ai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CharterProvider, createCharter } from './create-charter.js';

const fixture = (path: string) => fileURLToPath(new URL(`../../../fixtures/${path}`, import.meta.url));
const tiny = { folder: fixture('models/llama'), adapter: fixture('adapters/llama-all-linear') };
const prompt = 'Tell me how to varnish my bunk bed.';

let runtime: Runtime;
let charter: CharterProvider;
beforeAll(async () => {
  runtime = await createOnnxRuntime();
  charter = createCharter({ runtime });
});
afterAll(async () => {
  await charter.dispose();
  await runtime.dispose();
});

/** Text of the package below for the same prompt. */
const expected = async (folder: string, adapter?: string, max_new_tokens = 200) => {
  const model = await loadModel(folder);
  const local = localModel({
    runtime,
    model,
    adapter: adapter === undefined ? undefined : await loadAdapter(adapter, adaptableModules(model.config)),
  });
  const messages = [{ role: 'user' as const, content: prompt }];
  const completion = await local.generate({ prompt: messages, temperature: 0, max_new_tokens });
  const vector = await local.embed(prompt);
  await local.dispose();
  return { ...completion, vector: [...vector] };
};

test('generateText writes what the model writes, with its usage and the reason of its end', async () => {
  const own = await expected(modelFolder);
  const model = charter(modelFolder);
  const { text, usage, finishReason, response } = await generateText({ model, prompt, temperature: 0 });
  expect(text).toBe(own.text);
  expect(finishReason).toBe('stop');
  expect(usage).toMatchObject({
    inputTokens: own.usage.prompt_tokens,
    outputTokens: own.usage.completion_tokens,
    totalTokens: own.usage.prompt_tokens + own.usage.completion_tokens,
  });
  expect(response.modelId).toBe(modelFolder);
  const cut = await generateText({ model, prompt, temperature: 0, maxOutputTokens: 3 });
  expect(cut.finishReason).toBe('length');
  expect(own.text.startsWith(cut.text)).toBe(true);
});

test('streamText gives the same text in pieces, and log-probabilities where they are asked for', async () => {
  const own = await expected(modelFolder);
  const stream = streamText({
    model: charter(modelFolder),
    prompt,
    temperature: 0,
    providerOptions: { charter: { top_logprobs: 2 } },
  });
  const pieces: string[] = [];
  for await (const piece of stream.textStream) pieces.push(piece);
  expect(pieces.length).toBeGreaterThan(3);
  expect(pieces.join('')).toBe(own.text);
  expect(await stream.finishReason).toBe('stop');
  expect((await stream.usage).outputTokens).toBe(own.usage.completion_tokens);
  const { logprobs } = (await stream.finalStep).providerMetadata!.charter as {
    logprobs: { top: unknown[] }[];
  };
  expect(logprobs[0]!.top).toHaveLength(2);
});

test('an adapter is named by its folder, which names its base, or put on a model', async () => {
  const own = await expected(tiny.folder, tiny.adapter, 12);
  const base = await expected(tiny.folder, undefined, 12);
  expect(own.text).not.toBe(base.text);
  const write = async (model: ReturnType<typeof charter>) =>
    (await generateText({ model, prompt, temperature: 0, maxOutputTokens: 12 })).text;
  // Its adapter_config.json names the folder as it is called in the repository's root, where tests run.
  expect(await write(charter(tiny.adapter))).toBe(own.text);
  expect(await write(charter(tiny.folder, { adapter: tiny.adapter }))).toBe(own.text);
  expect(await write(charter(tiny.folder))).toBe(base.text);
});

test('the chat template beside an adapter is the one that it was trained with', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'charter-ai-sdk-'));
  await cp(tiny.adapter, folder, { recursive: true });
  await writeFile(join(folder, 'chat_template.jinja'), "{{ messages[0]['content'] }}");
  const { usage } = await generateText({ model: charter(folder), prompt, maxOutputTokens: 1 });
  const plain = await generateText({ model: charter(tiny.adapter), prompt, maxOutputTokens: 1 });
  expect(usage.inputTokens).toBeLessThan(plain.usage.inputTokens!);
  await rm(folder, { recursive: true });
});

test('texts that are alike have vectors that are alike', async () => {
  const own = await expected(modelFolder);
  const { embeddings } = await embedMany({
    model: charter.embeddingModel(modelFolder),
    values: [prompt, 'I want to varnish my bunk bed. What do I do?', 'What is the best way to brush my cat?'],
  });
  expect(embeddings[0]).toEqual(own.vector);
  const [bed, other, cat] = embeddings as [number[], number[], number[]];
  expect(cosineSimilarity(bed, other)).toBeGreaterThan(cosineSimilarity(bed, cat));
});

test('an abort ends the text, and the model answers the next prompt', async () => {
  const model = charter(tiny.folder);
  const stop = new AbortController();
  // Greedy, this model writes to its last position.
  const stream = streamText({ model, prompt, temperature: 0, abortSignal: stop.signal });
  const types: string[] = [];
  for await (const part of stream.stream) {
    types.push(part.type);
    if (part.type === 'text-delta') stop.abort();
  }
  expect(types.at(-1)).toBe('abort');
  const aborted = generateText({ model, prompt, abortSignal: AbortSignal.abort() });
  await expect(aborted).rejects.toThrow(/abort/i);
  expect((await generateText({ model, prompt, maxOutputTokens: 2 })).usage.outputTokens).toBe(2);
});

test('a reader that leaves a stream ends the text', async () => {
  const { stream } = await charter(tiny.folder).doStream({
    prompt: [{ role: 'user', content: [{ type: 'text', text: prompt }] }],
  });
  const reader = stream.getReader();
  await reader.read();
  await reader.cancel();
  // Else the runtime would be busy with a text that nobody reads until the model's last position.
  const begin = performance.now();
  await generateText({ model: charter(tiny.folder), prompt, maxOutputTokens: 1 });
  expect(performance.now() - begin).toBeLessThan(5000);
});

test('names that lead nowhere are explained', async () => {
  await expect(generateText({ model: charter('no-such-model'), prompt, maxRetries: 0 })).rejects.toThrow(
    /no-such-model/,
  );
  await expect(
    generateText({ model: charter(modelFolder, { adapter: modelFolder }), prompt, maxRetries: 0 }),
  ).rejects.toThrow('it has no adapter_config.json, so it is no adapter.');
  expect(() => charter.imageModel('a-painter')).toThrow(NoSuchModelError);
});
