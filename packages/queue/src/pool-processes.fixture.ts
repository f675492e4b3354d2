import { setTimeout as sleep } from 'node:timers/promises';
import { openJsonlLog } from '@charter/core/node';
import { answerRequests } from './answer-requests.js';
import { queueModel } from './queue-model.js';

/**
 * A process of a test: `work` answers with the prompt in upper case; `feed` asks for `count` rows, and appends each
 * answer to a file as `charter critique` does.
 */
const [, , mode, redis, file = '', count = '0'] = process.argv;

if (mode === 'work') {
  await answerRequests({
    redis: redis!,
    pool: 'test',
    lockDuration: 1000,
    model: {
      name: 'upper',
      concurrency: 8,
      async generate({ prompt }) {
        await sleep(10);
        const text = `${prompt}`.toUpperCase();
        return { text, finish_reason: 'stop', usage: { prompt_tokens: 1, completion_tokens: 1 } };
      },
    },
  });
} else {
  const model = await queueModel({ redis: redis!, pool: 'test', concurrency: 32, sweepInterval: 500 });
  const known = new Set<string>();
  const log = await openJsonlLog(file, row => known.add(row.key as string));
  const keys = Array.from({ length: Number(count) }, (_, i) => `row ${i}`).filter(key => !known.has(key));
  const ask = async () => {
    for (let key = keys.shift(); key !== undefined; key = keys.shift()) {
      const { text } = await model.generate({ prompt: key, seed: 1 });
      await log.append({ key, text });
    }
  };
  await Promise.all(Array.from({ length: model.concurrency }, ask));
  await model.dispose();
}
