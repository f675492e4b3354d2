import type { Outcomes, StageId } from './stages.js';

/** Progress of a run. */
export interface RunState {
  /** When this start of the run began, ISO 8601. */
  readonly started: string;
  /** When its last stage was done. */
  readonly finished?: string;
  readonly outcomes: Outcomes;
  /** Folders of the stages that have begun. */
  readonly folders: Readonly<Partial<Record<StageId, string>>>;
}
