import type { Outcome } from './verdict.js';

/** An answer that we wrote and labelled by reading it; the rules were not asked. */
export interface LabelledAnswer {
  readonly prompt: string;
  readonly text: string;
  readonly outcome: Exclude<Outcome, 'broken'>;
}

export const labelled =
  (outcome: LabelledAnswer['outcome']) =>
  ([prompt, text]: readonly [string, string]): LabelledAnswer => ({ prompt, text, outcome });
