import type { Message } from '@charter/core';
import { expect, test } from 'vitest';

import { endpointModel } from './endpoint-model.js';

// Such as: llama-server -m SmolLM2-135M-Instruct.Q4_1.gguf --port 8191; ENDPOINT_URL=http://127.0.0.1:8191/v1
const url = process.env.ENDPOINT_URL;
const model = () => endpointModel({ url: url!, model: process.env.ENDPOINT_MODEL ?? 'smollm2' });
const chat: Message[] = [{ role: 'user', content: 'Name a fruit. Say its colour too.' }];
const open: Message[] = [...chat, { role: 'assistant', content: 'The fruit is' }];

for (const [what, prompt] of [
  ['plain text', 'Apples grow on'],
  ['a chat', open],
] as const) {
  test.skipIf(url === undefined)(
    `a real server${url ? '' : ' (skipped: ENDPOINT_URL names none)'}: the score of ${what} is what it tells of the text that it writes itself`,
    async () => {
      const request = { prompt: prompt as string | Message[], max_new_tokens: 4, temperature: 0 };
      const { text, logprobs } = await model().generate({ ...request, top_logprobs: 1 });
      const told = logprobs!.reduce((sum, { logprob }) => sum + logprob!, 0);
      const [score, unlikely] = await model().score({
        prompt: request.prompt,
        continuations: [text, ' Constantinople'],
      });
      // Batches of other sizes round differently, visibly so with quantized weights.
      expect(score).toBeCloseTo(told, 1);
      expect(unlikely).toBeLessThan(score!);
    },
    120_000,
  );
}
