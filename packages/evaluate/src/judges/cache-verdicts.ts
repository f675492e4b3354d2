import { z } from 'zod';
import { caseId } from '../case-id.js';
import { openRows } from '../open-rows.js';
import { type Judge, outcomeNames, rubricVerdictNames, type Verdict } from './verdict.js';

const rowSchema = z.object({
  key: z.string(),
  judge: z.string(),
  verdict: z.object({
    outcome: z.enum(outcomeNames),
    flags: z.array(z.enum(['empty', 'loop', 'incoherent', 'cut-off', 'undecided'])),
    rubric: z.enum(rubricVerdictNames).optional(),
  }),
});

/** A judge's verdict on an answer: a row of the verdicts' file. */
interface VerdictRow {
  /** Differs when anything differs that decides the verdict. */
  readonly key: string;
  readonly judge: string;
  readonly verdict: Verdict;
}

/**
 * Judges that ask about an answer once: verdicts are appended to a JSONL file, and those that it holds are not asked for
 * again, also after kill -9. A judge without `fingerprint`, such as the rules, is returned as it is: it costs nothing.
 *
 * @throws {EvaluateError} when the file holds something else
 */
export const cacheVerdicts = async (
  judges: readonly [Judge, ...Judge[]],
  file: string,
): Promise<[Judge, ...Judge[]]> => {
  if (judges.every(({ fingerprint }) => fingerprint === undefined)) return [...judges];
  const { rows, append } = await openRows(file, isVerdict, 'a verdict');
  const known = new Map(rows.map(({ key, verdict }) => [key, Promise.resolve(verdict)]));

  const remembered = (judge: Judge): Judge => {
    if (judge.fingerprint === undefined) return judge;
    const ask = async (key: string, answer: Parameters<Judge['judge']>[0]): Promise<Verdict> => {
      const verdict = await judge.judge(answer);
      await append({ key, judge: judge.name, verdict });
      return verdict;
    };
    return {
      ...judge,
      judge(answer) {
        const { prompt, text, finish_reason, kind, rubric } = answer;
        const key = caseId(judge.fingerprint, prompt, text, finish_reason, kind ?? null, rubric ?? null);
        let verdict = known.get(key);
        if (!verdict) {
          verdict = ask(key, answer);
          known.set(key, verdict);
          // What failed is asked again.
          verdict.catch(() => known.delete(key));
        }
        return verdict;
      },
    };
  };
  const [first, ...others] = judges.map(remembered);
  return [first!, ...others];
};

const isVerdict = (value: unknown): value is VerdictRow => rowSchema.safeParse(value).success;
