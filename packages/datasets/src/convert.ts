import type { Message } from '@charter/core';
import { DatasetError } from './dataset-error.js';
import type { MessagesRow, PreferenceRow, PromptCompletionRow, PromptRow, Row, TextRow } from './row.js';

/**
 * The row as an example for supervised fine-tuning. Of a pair the chosen answer is trained.
 *
 * @throws {DatasetError} when there is no answer in it
 */
export const toSft = (row: Row): MessagesRow | PromptCompletionRow | TextRow => {
  switch (row.kind) {
    case 'preference': {
      const { prompt, chosen, source, kept } = row;
      return {
        kind: 'prompt-completion',
        prompt,
        completion: chosen,
        source,
        ...templateInputs(row),
        ...(kept && { kept }),
      } as PromptCompletionRow;
    }
    case 'messages':
      if (!row.messages.some(message => message.role === 'assistant')) {
        throw unfit(
          row,
          'the conversation has no assistant turn',
          'There is nothing to learn in it; drop the row.',
        );
      }
      return row;
    case 'prompt':
      throw unfit(
        row,
        'there is a prompt without an answer',
        'Add a completion column, or write answers first.',
      );
    default:
      return row;
  }
};

/**
 * The row as a pair for DPO.
 *
 * @throws {DatasetError} when it is no pair, or both answers are the same
 */
export const toPreference = (row: Row): PreferenceRow => {
  if (row.kind !== 'preference') {
    throw unfit(
      row,
      `a row of kind ${row.kind} has no worse answer`,
      'Preference rows have chosen and rejected.',
    );
  }
  if (textOf(row.chosen) === textOf(row.rejected)) {
    throw unfit(row, 'chosen and rejected are the same', 'There is nothing to prefer; drop the row.');
  }
  return row;
};

/**
 * The row's prompt alone: of a conversation what comes before its last assistant's turn.
 *
 * @throws {DatasetError} when nothing comes before it
 */
export const toPrompt = (row: Row): PromptRow => {
  const prompt = promptOf(row);
  if (prompt.length === 0) throw unfit(row, 'nothing comes before the answer', 'Drop the row.');
  const { source, kept } = row;
  const safety = row.kind === 'prompt' ? row.safety : undefined;
  return {
    kind: 'prompt',
    prompt,
    source,
    ...(safety && { safety }),
    ...templateInputs(row),
    ...(kept && { kept }),
  };
};

/** Prompt of a row: what precedes its answer. */
export const promptOf = (row: Row): Message[] | string => {
  if (row.kind === 'text') return row.text;
  if (row.kind !== 'messages') return row.prompt;
  const answer = row.messages.findLastIndex(message => message.role === 'assistant');
  return answer < 0 ? row.messages : row.messages.slice(0, answer);
};

const textOf = (part: Message[] | string): string => {
  return typeof part === 'string' ? part : JSON.stringify(part);
};

const unfit = ({ source }: Row, reason: string, advice: string): DatasetError => {
  return new DatasetError(reason, advice, { file: source.file, row: source.row });
};

/** The fields of a row that its chat template reads beside the messages. */
const templateInputs = ({ tools, chat_template_kwargs }: Row) => ({
  ...(tools && { tools }),
  ...(chat_template_kwargs && { chat_template_kwargs }),
});
