import { answerRequests } from '../../packages/queue/src/index.js';

/** A worker of `pnpm bench pool`: answers at once with a text of `letters` letters. */
const [, , redis, letters] = process.argv;
const text = 'x'.repeat(Number(letters));

await answerRequests({
  redis: redis!,
  pool: 'bench',
  model: {
    name: 'fake',
    concurrency: 64,
    generate: async () => ({
      text,
      finish_reason: 'stop',
      usage: { prompt_tokens: 100, completion_tokens: 100 },
    }),
  },
});
