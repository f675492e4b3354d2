import { newRun, type RecipeRequest } from '../recipe/run-recipe.js';
import { reportData } from '../recipe/write-report.js';
import { serveLiveReport } from './serve-live-report.js';
import { watchedTerminal } from './watched-terminal.js';

/** Runs `work` while its report can be watched in a browser; the server ends with it, whatever happens. */
export const watchRun = async <T>(
  run: RecipeRequest,
  { port }: { port: number },
  work: (run: RecipeRequest) => Promise<T>,
): Promise<T> => {
  let latest = newRun();
  const report = await serveLiveReport({ port, data: () => reportData(run, latest) });
  const taken = port !== 0 && !report.url.endsWith(`:${port}/`);
  run.terminal.note(
    `Watch it at ${report.url}${taken ? ` (port ${port} is in use)` : ''}; the page ends with the run.`,
  );
  try {
    const result = await work({
      ...run,
      terminal: watchedTerminal(run.terminal, report.progress),
      onStage: state => {
        latest = state;
        report.changed();
      },
    });
    await report.close('Finished. This page stays as it is; report.html is the same.');
    return result;
  } catch (error) {
    await report.close(
      run.signal.aborted
        ? 'Stopped. The same command resumes.'
        : 'The run ended with an error: see the terminal.',
    );
    throw error;
  }
};
