import type { AnswersByCondition } from '@charter/evaluate';
import type { MeasuredModel } from '../measure-model.js';
import type { StageEvent, StageOutcome } from './stage-folder.js';
import type { AnsweredAgain } from './stages/answer-again.js';
import type { FineTuned } from './stages/fine-tune.js';
import type { Optimized } from './stages/optimize.js';
import type { Preferences } from './stages/preferences.js';
import type { Revisions } from './stages/revise.js';
import type { RunSoFar } from './write-report.js';

export interface LiveRun {
  /** Takes what `runStage` tells. */
  onStage(event: StageEvent): void;
  /** The stages that are done, and the folders of those that are training. */
  soFar(): RunSoFar;
}

/** Follows a run by what its stages tell. */
export const liveRun = (): LiveRun => {
  const started = new Date().toISOString();
  const stages = new Map<string, StageEvent>();
  const done = <Result>(name: string) => stages.get(name)?.outcome as StageOutcome<Result> | undefined;
  return {
    onStage: event => void stages.set(event.name, event),
    soFar: () => {
      const parts = {
        revisions: done<Revisions>('critique'),
        tuned: done<FineTuned>('sft'),
        preferences: done<Preferences>('label'),
        optimized: done<Optimized>('dpo'),
        endured: done<AnswersByCondition>('robustness'),
        again: done<AnsweredAgain[]>('answers'),
      };
      const assessments = {
        base: done<MeasuredModel>('evaluate-base'),
        sft: done<MeasuredModel>('evaluate-sft'),
        dpo: done<MeasuredModel>('evaluate-dpo'),
      };
      return {
        started,
        ...known(parts),
        assessments: known(assessments),
        training: { sft: stages.get('sft')?.folder, dpo: stages.get('dpo')?.folder },
      };
    },
  };
};

const known = <T extends object>(values: T) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
