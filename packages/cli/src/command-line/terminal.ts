import { Presets, SingleBar } from 'cli-progress';

/** Where a command says what it does: results go to standard output, everything else to standard error. */
export interface Terminal {
  /** A line about what happens. */
  note(text: string): void;
  /** A line of a result. */
  print(text: string): void;
  /** A live line until it is stopped: a bar where there is a terminal, else a line now and then. */
  progress(label: string, total: number): Progress;
}

export interface Progress {
  /** @param fields what is shown behind the bar, such as `loss 1.234 · 320 tokens/s` */
  update(done: number, fields?: string, total?: number): void;
  stop(): void;
}

/** Interval of progress lines where the output is no terminal, in milliseconds. */
const LINE_EVERY = 15_000;

export const createTerminal = (output: NodeJS.WriteStream = process.stderr): Terminal => {
  let active: { clear(): void } | undefined;
  const note = (text: string) => {
    active?.clear();
    output.write(`${text}\n`);
  };
  return {
    note,
    print: text => {
      active?.clear();
      process.stdout.write(`${text}\n`);
    },
    progress: (label, total) => {
      const watched = output.isTTY ? bar(output, label, total) : undefined;
      active = watched;
      const progress = watched ?? lines(note, label, total);
      return {
        update: progress.update,
        stop: () => {
          active = undefined;
          progress.stop();
        },
      };
    },
  };
};

/** A terminal of a process that says nothing: rank 0 speaks for all. */
export const silentTerminal: Terminal = {
  note: () => {},
  print: () => {},
  progress: () => ({ update: () => {}, stop: () => {} }),
};

const bar = (output: NodeJS.WriteStream, label: string, total: number) => {
  const line = new SingleBar(
    {
      stream: output,
      format: '{label} {bar} {value}/{total} {fields}',
      barsize: 24,
      hideCursor: true,
      forceRedraw: true,
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  line.start(total, 0, { label: label.padEnd(12), fields: '' });
  return {
    clear: () => output.write('\r\x1b[K'),
    update: (done: number, fields?: string, newTotal?: number) => {
      if (newTotal !== undefined) line.setTotal(newTotal);
      line.update(done, fields === undefined ? {} : { fields });
    },
    stop: () => line.stop(),
  };
};

const lines = (note: (text: string) => void, label: string, total: number) => {
  let last = performance.now();
  let state = { done: 0, fields: '', total };
  let written = -1;
  const write = () => {
    written = state.done;
    note(`${label.padEnd(12)} ${state.done}/${state.total} ${state.fields}`.trimEnd());
  };
  return {
    update: (done: number, fields?: string, newTotal?: number) => {
      state = { done, fields: fields ?? state.fields, total: newTotal ?? state.total };
      if (performance.now() - last < LINE_EVERY) return;
      last = performance.now();
      write();
    },
    stop: () => {
      if (written !== state.done) write();
    },
  };
};

/** Seconds for people: `42 s`, `3 min 05 s`, `1 h 02 min`. */
export const formatSeconds = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  const two = (n: number) => `${n}`.padStart(2, '0');
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
};
