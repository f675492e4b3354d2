type Job = () => Promise<void>;

/** Jobs of many requests, in turn: a request with a thousand jobs does not keep one with a single job waiting. */
export interface FairQueue {
  /**
   * Runs the jobs of a request. Each is taken from the iterator when its turn comes, so that a long list is never
   * expanded.
   *
   * @throws the first error of a job, once those that run have ended; no further job is taken then
   */
  run(jobs: Iterator<Job>, signal: AbortSignal): Promise<void>;
}

interface Turn {
  jobs: Iterator<Job>;
  signal: AbortSignal;
  running: number;
  /** True when no further job is to be taken. */
  closed: boolean;
  error: unknown;
  settle(): void;
}

/** @param concurrency most jobs that run at once, of all requests */
export const createFairQueue = (concurrency: number): FairQueue => {
  const turns: Turn[] = [];
  let running = 0;

  const settleIfDone = (turn: Turn): void => {
    if (turn.closed && turn.running === 0) turn.settle();
  };
  /** Of the requests with the fewest jobs running, the one that has waited longest. */
  const takeNext = (): Turn => {
    let next = 0;
    turns.forEach((turn, i) => {
      if (turn.running < turns[next]!.running) next = i;
    });
    return turns.splice(next, 1)[0]!;
  };
  const runNext = (): void => {
    while (running < concurrency && turns.length > 0) {
      const turn = takeNext();
      const next = turn.closed || turn.signal.aborted ? undefined : turn.jobs.next();
      if (!next || next.done) {
        turn.closed = true;
        settleIfDone(turn);
        continue;
      }
      turns.push(turn);
      turn.running += 1;
      running += 1;
      next
        .value()
        .catch(error => {
          turn.error ??= error;
          turn.closed = true;
        })
        .finally(() => {
          turn.running -= 1;
          running -= 1;
          settleIfDone(turn);
          runNext();
        });
    }
  };
  return {
    run: (jobs, signal) =>
      new Promise((resolve, reject) => {
        const turn: Turn = {
          jobs,
          signal,
          running: 0,
          closed: false,
          error: undefined,
          settle() {
            signal.removeEventListener('abort', leave);
            if (turn.error !== undefined) reject(turn.error);
            else if (signal.aborted) reject(signal.reason);
            else resolve();
          },
        };
        // A request whose client has gone gives up its place at once.
        const leave = () => {
          turn.closed = true;
          const at = turns.indexOf(turn);
          if (at >= 0) turns.splice(at, 1);
          settleIfDone(turn);
        };
        if (signal.aborted) return reject(signal.reason);
        signal.addEventListener('abort', leave, { once: true });
        turns.push(turn);
        runNext();
      }),
  };
};
