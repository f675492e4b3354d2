import { readJsonl } from '@charter/core/node';
import {
  type Constitution,
  type CritiqueRow,
  type CritiqueSummary,
  type Gate,
  gates,
} from '@charter/critique';
import type { ReportData } from '@charter/report';

type CritiqueData = NonNullable<ReportData['critique']>;

/** Rows that the report shows for each gate. */
const EXAMPLES = 3;

/** Rows that each gate rejected, with examples, and figures of each principle. */
export const critiqueSection = async (
  { accepted, rejected, gates: rejections, principles, out, rejected_file }: CritiqueSummary,
  constitution: Constitution,
): Promise<CritiqueData> => {
  // Of rows that a later attempt saved only where the others have none.
  const examples = await rejectedAttempts(rejected_file, out);
  const textOf = new Map(constitution.principles.map(({ id, critique }) => [id, critique]));
  return {
    accepted,
    rejected,
    gates: Object.entries(rejections)
      .filter(([, count]) => count > 0)
      .map(([gate, count]) => ({
        gate,
        description:
          (gates as Readonly<Record<string, Gate>>)[gate]?.meaning ??
          'a check of the program that wrote the rows',
        count,
        examples: examples.get(gate) ?? [],
      })),
    principles: Object.entries(principles).map(([id, { attempts, share, acceptance, change, spread }]) => ({
      id,
      ...(textOf.has(id) && { text: textOf.get(id)! }),
      n: attempts,
      share,
      acceptance,
      change,
      ...(spread !== undefined && { spread: Math.max(0, spread) }),
    })),
  };
};

type Examples = NonNullable<NonNullable<CritiqueData['gates']>[number]['examples']>;

const rejectedAttempts = async (...files: readonly string[]): Promise<Map<string, Examples>> => {
  const found = new Map<string, Examples>();
  for (const file of files) {
    for await (const row of readJsonl(file)) {
      const { prompt, init_response, steps } = row as unknown as CritiqueRow;
      for (const { gate, reason, critique, revision } of steps) {
        const examples = found.get(gate) ?? [];
        if (gate === '' || examples.length === EXAMPLES) continue;
        found.set(gate, [...examples, { prompt, response: init_response, critique, revision, reason }]);
      }
    }
  }
  return found;
};
