import type { Message } from '@charter/datasets';
import { type EvaluationPrompt, type PromptKind, parseRubric, promptKinds } from '@charter/evaluate';
import type { CommandContext } from '../command-line/command.js';
import type { RowSource } from '../data/row-source.js';
import { sourceRows } from '../data/source-rows.js';

/**
 * The prompts to measure by, in the order of their files: a text is what the user says. A row's `rubric` and `id` come
 * along. Of a file that says which of its prompts are safe, the unsafe ones are harmful and the others not.
 *
 * @throws {EvaluateError} with file and line, when a rubric does not fit
 */
export const evaluationPrompts = async (
  sources: Readonly<Partial<Record<PromptKind, RowSource | undefined>>>,
  context: CommandContext,
): Promise<EvaluationPrompt[]> => {
  const prompts: EvaluationPrompt[] = [];
  for (const kind of promptKinds) {
    const source = sources[kind];
    if (!source) continue;
    const rows = await sourceRows('prompt', source, context, {
      keep: ['rubric', 'id', 'id_v2'],
      // A file may hold both kinds and say so, as XSTest does.
      where: ({ safety }) => safety !== (kind === 'harmful' ? 'safe' : 'unsafe'),
    });
    for (const { prompt, kept, source: location } of rows) {
      const { rubric, id = kept?.id_v2 } = kept ?? {};
      prompts.push({
        kind,
        prompt: asChat('user', prompt),
        ...(rubric !== undefined && {
          rubric: parseRubric(rubric, kind, { file: location.file, line: location.row }),
        }),
        ...(id !== undefined && { row_id: String(id) }),
      });
    }
  }
  return prompts;
};

/** A text as what somebody says in a chat. */
export const asChat = (role: Message['role'], text: Message[] | string): Message[] =>
  typeof text === 'string' ? [{ role, content: text }] : text;
