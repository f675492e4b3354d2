import type { Terminal } from '../command-line/terminal.js';

/** State of a progress line. */
export interface ProgressState {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  readonly fields?: string | undefined;
}

/** The same terminal, which also tells somebody else what its progress lines say. */
export const watchedTerminal = (
  terminal: Terminal,
  onProgress: (state: ProgressState) => void,
): Terminal => ({
  ...terminal,
  progress: (label, total) => {
    const line = terminal.progress(label, total);
    let state: ProgressState = { label, done: 0, total };
    onProgress(state);
    return {
      update: (done, fields, newTotal) => {
        line.update(done, fields, newTotal);
        state = { label, done, total: newTotal ?? state.total, fields: fields ?? state.fields };
        onProgress(state);
      },
      stop: () => line.stop(),
    };
  },
});
