import type { Runtime } from '@charter/tensor';
import type { TrainResult } from '@charter/trainer';
import type { CommandContext } from '../command-line/command.js';
import type { startRecord } from '../command-line/run-record.js';
import { hashData } from '../data/local-data.js';

/** Options of a training command that run.json and the closing line need. */
interface FinishedOptions {
  readonly data: readonly string[];
  readonly 'eval-data'?: readonly string[] | undefined;
  readonly split?: string | undefined;
  readonly out: string;
}

/** Ends a training command: writes run.json beside the adapter, and says where the adapter is or how to resume. */
export const finishTraining = async (
  record: ReturnType<typeof startRecord>,
  options: FinishedOptions,
  { runtime, result }: { runtime: Runtime; result: TrainResult },
  context: CommandContext,
): Promise<void> => {
  const { data, 'eval-data': evalData = [], split, out } = options;
  const { parameters: _, ...summary } = result;
  const hashes = await hashData([...data, ...evalData], split, context);
  await record.finish(out, { engine: runtime.name, hashes, result: summary });
  context.terminal.note(
    result.status === 'stopped'
      ? `Stopped at step ${result.global_step}; the same command resumes the run.`
      : `Adapter saved to ${out}.`,
  );
};
