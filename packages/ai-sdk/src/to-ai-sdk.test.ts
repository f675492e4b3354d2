import { GenerateError, type GenerateRequest, type LanguageModel } from '@charter/generate';
import { generateText, streamText } from 'ai';
import { expect, test, vi } from 'vitest';
import { toAiSdk } from './to-ai-sdk.js';

// Warnings are read from the results.
vi.stubGlobal('AI_SDK_LOG_WARNINGS', false);

/** Says what it was asked for, and answers with three words and its thinking. */
const scripted = (
  { fails, reasoning }: { fails?: Error; reasoning?: string } = {},
  seen: GenerateRequest[] = [],
): LanguageModel & { seen: GenerateRequest[] } => ({
  name: 'scripted',
  concurrency: 1,
  seen,
  async generate(request) {
    seen.push(request);
    for (const word of ['One', ' two', ' three']) {
      request.signal?.throwIfAborted();
      request.onToken?.(word);
      await new Promise(resolve => setTimeout(resolve, 5));
      if (fails) throw fails;
    }
    return {
      text: 'One two three',
      finish_reason: 'content_filter',
      usage: { prompt_tokens: 0, completion_tokens: 0 },
      ...(reasoning && { reasoning }),
    };
  },
});

const call = { prompt: 'Hello', maxRetries: 0 };

test('settings and messages reach the model under its own names', async () => {
  const model = scripted();
  await generateText({
    model: toAiSdk(model),
    maxOutputTokens: 7,
    temperature: 0.5,
    topP: 0.9,
    topK: 40,
    seed: 3,
    stopSequences: ['END'],
    providerOptions: { charter: { min_p: 0.1, repetition_penalty: 1.2 } },
    instructions: 'Be brief.',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Name ' },
          { type: 'text', text: 'a bird.' },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'Which?' },
          { type: 'text', text: 'A kiwi.' },
        ],
      },
      { role: 'user', content: 'Another.' },
    ],
  });
  expect(model.seen[0]).toMatchObject({
    prompt: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Name a bird.' },
      { role: 'assistant', content: 'A kiwi.', reasoning_content: 'Which?' },
      { role: 'user', content: 'Another.' },
    ],
    max_new_tokens: 7,
    temperature: 0.5,
    top_p: 0.9,
    top_k: 40,
    seed: 3,
    stop: ['END'],
    min_p: 0.1,
    repetition_penalty: 1.2,
  });
});

test('what an endpoint does not count is not known, and its filter ends the text', async () => {
  const { usage, finishReason, reasoningText, text } = await generateText({
    ...call,
    model: toAiSdk(scripted({ reasoning: 'Hm.' })),
  });
  expect([text, reasoningText, finishReason]).toEqual(['One two three', 'Hm.', 'content-filter']);
  expect([usage.inputTokens, usage.outputTokens]).toEqual([undefined, undefined]);
});

test('a stream ends with the thinking that the model told', async () => {
  const stream = streamText({ ...call, model: toAiSdk(scripted({ reasoning: 'Hm.' })) });
  expect(await stream.reasoningText).toBe('Hm.');
  expect(await stream.text).toBe('One two three');
});

test('settings that change nothing here are warned of', async () => {
  const { warnings } = await generateText({
    ...call,
    model: toAiSdk(scripted()),
    frequencyPenalty: 0.5,
    presencePenalty: 0,
    reasoning: 'high',
  });
  expect(warnings?.map(warning => (warning as { feature: string }).feature)).toEqual([
    'reasoning',
    'frequencyPenalty',
  ]);
});

test('a picture is refused, and so is an option that Charter does not have', async () => {
  const image = { type: 'image' as const, image: new Uint8Array([137, 80, 78, 71]), mediaType: 'image/png' };
  await expect(
    generateText({
      model: toAiSdk(scripted()),
      maxRetries: 0,
      messages: [{ role: 'user', content: [image] }],
    }),
  ).rejects.toThrow('A user message holds a part of type "file", but the model reads text only.');
  await expect(
    generateText({ ...call, model: toAiSdk(scripted()), providerOptions: { charter: { minP: 0.1 } } }),
  ).rejects.toThrow(
    'providerOptions.charter.minP is not known; there are: min_p, repetition_penalty, top_logprobs.',
  );
});

test('a model that fails in the middle of a stream says why', async () => {
  const fails = new GenerateError('scripted: the prompt is too long.');
  const stream = streamText({ ...call, model: toAiSdk(scripted({ fails })), onError: () => undefined });
  const types: string[] = [];
  for await (const part of stream.stream) {
    types.push(part.type);
    if (part.type === 'error') expect(part.error).toBe(fails);
  }
  expect(types).toContain('text-delta');
  expect(types).toContain('error');
});
