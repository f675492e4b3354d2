/**
 * Every word that this package itself says to a model; the rest comes from the constitution and the prompts.
 * A change here changes the keys of all rows, so that texts made before and after are not mixed up.
 */
export const promptTexts = {
  /** Labels of the raw transcript (the paper's form). The format-leak gate looks for them in the answers. */
  labels: {
    user: 'Human',
    assistant: 'Assistant',
    critiqueRequest: 'CritiqueRequest',
    critique: 'Critique',
    revisionRequest: 'RevisionRequest',
    revision: 'Revision',
  },
  /** Said after a principle's critique request, in chat turns. */
  critiqueTurn:
    'Speak only about your last answer and this request: quote the words that matter and say who could be hurt or let down. Reply with the critique only, in two to four sentences.',
  /** Said after a principle's revision request, in chat turns. */
  revisionTurn:
    'Reply with the new answer only, as if it were the first thing you said to the person: no introduction and no remark about the old answer.',
  /** Stands in the system prompt above the principles, one a line, when they are followed while answering. */
  inContext:
    'Keep to these principles in every answer. Where one is put as a request to write an answer again, answer so that nothing would have to be rewritten.',
  comparison: {
    opening:
      'Here is a conversation between a human and an AI assistant, with two answers to its last message.',
    options: 'Options:',
    answer: 'The answer is:',
    /** Continuations whose log-probabilities the judge gives, right after `answer`. */
    continuations: [' (A)', ' (B)'] as const,
  },
};
