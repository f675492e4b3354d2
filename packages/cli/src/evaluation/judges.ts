import { readFile } from 'node:fs/promises';
import { type Judge, modelJudge, ruleJudge } from '@charter/evaluate';
import { endpointModel, localModel } from '@charter/generate';
import type { LoadedModel } from '@charter/models';
import type { Runtime } from '@charter/tensor';
import { CliError } from '../command-line/cli-error.js';

/** Who may judge: the rules, the model that is measured as it is without an adapter, or a model at an endpoint. */
export const judgeNames = ['rules', 'self', 'endpoint'] as const;
export type JudgeName = (typeof judgeNames)[number];

export interface JudgeSettings {
  /** The first one's verdicts count; the others' are compared with them. */
  readonly judges: readonly JudgeName[];
  readonly endpoint?: { readonly url: string; readonly model: string } | undefined;
  /** A file with what a model that judges is told, in place of our words. */
  readonly instructions?: string | undefined;
}

/** @throws {CliError} when judges are named twice, or an endpoint's settings have no endpoint or it lacks them */
export const checkJudges = ({ judges, endpoint, instructions }: JudgeSettings): void => {
  if (judges.length === 0) throw new CliError('There must be a judge: rules, self or endpoint.');
  const twice = judges.find((name, i) => judges.indexOf(name) !== i);
  if (twice !== undefined) throw new CliError(`The judge ${twice} is there twice; name each once.`);
  if (judges.includes('endpoint') !== (endpoint !== undefined)) {
    throw new CliError(
      'The judge endpoint needs --judge-endpoint and --judge-model, and they need --judge endpoint.',
    );
  }
  if (instructions !== undefined && judges.every(name => name === 'rules')) {
    throw new CliError('--judge-rubric is for models that judge: add --judge self or endpoint.');
  }
};

/**
 * Runs `work` with the judges, and frees what they held.
 *
 * @param on the model and runtime of the judge `self`; the other judges need none
 */
export const withJudges = async <T>(
  { judges, endpoint, instructions: file }: JudgeSettings,
  { model, runtime, signal }: { model?: LoadedModel; runtime?: Runtime; signal: AbortSignal },
  work: (judges: readonly [Judge, ...Judge[]]) => Promise<T>,
): Promise<T> => {
  const instructions =
    file === undefined
      ? undefined
      : await readFile(file, 'utf8').catch((cause: Error) => {
          throw new CliError(`${file}: cannot be read (${cause.message}).`, { cause });
        });
  const self = judges.includes('self') && model && runtime ? localModel({ model, runtime }) : undefined;
  const make: Record<JudgeName, () => Judge> = {
    rules: () => ruleJudge,
    self: () => modelJudge({ model: self!, name: 'self', method: 'logprobs', instructions, signal }),
    endpoint: () =>
      modelJudge({
        model: endpointModel(endpoint!),
        name: endpoint!.model,
        method: 'text',
        instructions,
        signal,
      }),
  };
  try {
    const [first, ...others] = judges.map(name => make[name]());
    return await work([first!, ...others]);
  } finally {
    await self?.dispose();
  }
};
