import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '@charter/core/node';
import { loraTargets, parseLoraConfig, vllmProblems } from '@charter/lora';
import { adaptableModules, type PretrainedModel } from '@charter/models';
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

/**
 * Ends a training command: writes run.json beside the adapter, and says where the adapter is or how to resume.
 *
 * @param finished.chatTemplate template that the rows were written by, where it is not the model's own: it is saved beside
 *   the adapter, which is used with it
 */
export const finishTraining = async (
  record: ReturnType<typeof startRecord>,
  options: FinishedOptions,
  {
    runtime,
    model,
    result,
    chatTemplate,
  }: { runtime: Runtime; model: PretrainedModel; result: TrainResult; chatTemplate?: string | undefined },
  context: CommandContext,
): Promise<void> => {
  const { data, 'eval-data': evalData = [], split, out } = options;
  const { parameters: _, ...summary } = result;
  const hashes = await hashData([...data, ...evalData], split, context);
  if (chatTemplate !== undefined) await writeFileAtomically(join(out, 'chat_template.jinja'), chatTemplate);
  await record.finish(out, { engine: runtime.name, hashes, result: summary });
  if (result.status === 'stopped') {
    context.terminal.note(`Stopped at step ${result.global_step}; the same command resumes the run.`);
    return;
  }
  context.terminal.note(`Adapter saved to ${out}.`);
  const problems = await problemsInVllm(out, model);
  if (problems.length > 0) {
    context.terminal.note(
      `vLLM does not serve it: ${problems.join(', and ')}. \`charter merge\` makes a model of it that vLLM serves.`,
    );
  }
};

const problemsInVllm = async (folder: string, { config }: PretrainedModel): Promise<string[]> => {
  const file = join(folder, 'adapter_config.json');
  const lora = parseLoraConfig(JSON.parse(await readFile(file, 'utf8')), file);
  return vllmProblems(lora, loraTargets(lora, adaptableModules(config), config.model_type));
};
