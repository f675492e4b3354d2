import type { LanguageModel } from '@charter/generate';
import { CliError } from '../command-line/cli-error.js';
import type { CommandContext } from '../command-line/command.js';

/** The optional package. @throws {CliError} when it is not installed */
export const loadQueue = async () => {
  try {
    return await import('@charter/queue');
  } catch (cause) {
    throw new CliError('--redis needs @charter/queue, which is not installed: npm install @charter/queue.', {
      cause,
    });
  }
};

/** The model of a pool; says how many workers there are, and at its end how many answers each one gave. */
export const openPoolModel = async (
  { redis, pool, concurrency }: { redis: string; pool: string; concurrency: number | undefined },
  { terminal, signal }: Pick<CommandContext, 'terminal' | 'signal'>,
): Promise<LanguageModel> => {
  const { queueModel } = await loadQueue();
  const model = await queueModel({
    redis,
    pool,
    concurrency,
    signal,
    onWorkers: workers =>
      terminal.note(
        workers === 0
          ? `No worker has ${pool} yet. Start one: charter work --redis … --model ${pool}`
          : `${workers} ${workers === 1 ? 'worker has' : 'workers have'} ${pool}`,
      ),
  });
  return {
    ...model,
    async dispose() {
      const shares = [...model.answersByWorker()].map(([worker, answers]) => `${worker} ${answers}`);
      if (shares.length > 0) terminal.note(`Answers by worker: ${shares.join(', ')}`);
      await model.dispose();
    },
  };
};
