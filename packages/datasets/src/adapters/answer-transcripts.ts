import type { RowAdapter } from './adapter.js';
import { has } from './adapter.js';
import { hhTranscript } from './hh-transcript.js';

/**
 * Evaluation rows of anthropics/ConstitutionalHarmlessnessPaper (`438HHHEvaluations.jsonl`) as pairs: whole transcripts
 * with the right and with a wrong answer. Their columns `prompt`, `corrects` and `incorrects` ask the same by letters,
 * which `charter evaluate --choices` takes.
 */
export const answerTranscripts: RowAdapter = {
  columns: 'text_correct, text_incorrect: "Human: … Assistant: …"',
  matches: record => has(record, 'text_correct', 'text_incorrect'),
  read: (record, roleMap, note) =>
    hhTranscript.read({ chosen: record.text_correct, rejected: record.text_incorrect }, roleMap, note),
};
