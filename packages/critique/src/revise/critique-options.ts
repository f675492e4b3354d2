import type { LanguageModel } from '@charter/core';
import type { z } from 'zod';
import type { Constitution } from '../constitution/constitution.js';
import { checkJudge, needsJudge } from './check-judge.js';
import type { ChainOptions } from './critique-attempt.js';
import { critiqueSettings, type critiqueSettingsSchema } from './critique-settings.js';

/** By what answers are criticised and rewritten, be it one answer or a stream of prompts. */
export type CritiqueOptions = z.input<typeof critiqueSettingsSchema> & {
  model: LanguageModel;
  /** Writes critiques and revisions; default: the model itself. */
  critic?: LanguageModel | undefined;
  /** Chooses among `samples` and judges revisions where settings ask for it; needs `score`. Default: the model itself. */
  judge?: LanguageModel | undefined;
  constitution: Constitution;
  /** Stops the work: requests in flight are cancelled, rows that are finished are kept. */
  signal?: AbortSignal | undefined;
};

/**
 * The same with settings checked and defaults filled in, as a chain takes them.
 *
 * @throws {CritiqueError} for a setting that does not fit, or a judge that cannot compare
 */
export const chainOptions = ({
  model,
  critic = model,
  judge = model,
  constitution,
  signal,
  ...given
}: CritiqueOptions): Omit<ChainOptions, 'history'> => {
  const settings = critiqueSettings(given);
  if (needsJudge(settings)) checkJudge(judge, constitution);
  return { model, critic, judge, constitution, settings, signal };
};
