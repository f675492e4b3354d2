import type { Message } from '@charter/core';
import { contentText } from '@charter/core';
import type { ConstitutionExample, Principle } from '../constitution/constitution.js';
import { promptTexts } from '../prompt-texts.js';

const { labels, critiqueTurn, revisionTurn, inContext } = promptTexts;

/** A text to send, and the part of it that asks (which is what the row keeps). */
export interface CritiqueRequest {
  prompt: Message[] | string;
  request: string;
  stop: string[];
}

/** The conversation, the answer under review, and what has been asked about it so far. */
export interface CritiqueContext {
  conversation: Message[];
  answer: string;
  principle: Pick<Principle, 'statement' | 'critique' | 'revision'>;
  examples: readonly ConstitutionExample[];
}

/** Requests for a critique and a revision; `critique` is absent where none is made. */
export interface CritiqueMode {
  critique?: (review: CritiqueContext) => CritiqueRequest;
  revision: (review: CritiqueContext, critique: string) => CritiqueRequest;
}

export const critiqueModes = {
  /** Bai et al. 2022: one raw transcript that the model continues, with worked examples in front. */
  'few-shot': {
    critique: review => asTranscript(review, review.principle.critique, critiqueOpening(review)),
    revision: (review, critique) =>
      asTranscript(
        review,
        review.principle.revision,
        `${critiqueOpening(review)} ${critique}\n\n${labels.revisionRequest}: ${review.principle.revision}\n\n${labels.revision}:`,
      ),
  },
  /** As huggingface/llm-swarm: chat turns, the examples being earlier turns of the same chat. */
  chat: {
    critique: review => {
      const request = withNote(review.principle.critique, critiqueTurn);
      return asChat(review, [user(request)], request, 'with critique');
    },
    revision: (review, critique) => {
      const request = withNote(review.principle.revision, revisionTurn);
      const before = [user(withNote(review.principle.critique, critiqueTurn)), assistant(critique)];
      return asChat(review, [...before, user(request)], request, 'with critique');
    },
  },
  /** The paper's ablation: the revision is asked for without a critique. */
  direct: {
    revision: review => {
      const request = withNote(review.principle.revision, revisionTurn);
      return asChat(review, [user(request)], request, 'without critique');
    },
  },
  /**
   * Context distillation: the prompt is answered anew with the principles in the system prompt, and neither the first
   * answer nor a critique is shown. The trained model is to answer so without them.
   */
  'in-context': { revision: context => withPrinciples(context) },
} satisfies Record<string, CritiqueMode>;

export type CritiqueModeName = keyof typeof critiqueModes;

/** The prompt for a first answer, as a raw transcript (for models without a chat template). */
export const transcriptOf = (conversation: readonly Message[]): { prompt: string; stop: string[] } => {
  return { prompt: `${dialogue(conversation)}\n\n${labels.assistant}:`, stop: transcriptStops };
};

/** Any label at the start of a line ends the part: a model that goes on writes the next one. */
const transcriptStops = Object.values(labels).map(label => `\n${label}:`);

const critiqueOpening = (review: CritiqueContext): string => {
  return `${labels.critiqueRequest}: ${review.principle.critique}\n\n${labels.critique}:`;
};

const asTranscript = (review: CritiqueContext, request: string, end: string): CritiqueRequest => {
  // The examples come first and never change, so that a sampler can reuse what it computed for them.
  const shown = review.examples.map(
    example =>
      `${dialogue(example.prompt, example.response)}\n\n${labels.critiqueRequest}: ${example.critique_request}\n\n${labels.critique}: ${example.critique}\n\n${labels.revisionRequest}: ${example.revision_request}\n\n${labels.revision}: ${example.revision}`,
  );
  const prompt = [...shown, dialogue(review.conversation, review.answer), end].join('\n\n');
  return { prompt, request, stop: transcriptStops };
};

/** A conversation in the labels of the raw transcript. */
export const dialogue = (messages: readonly Message[], answer?: string): string => {
  const turns = messages.map(({ role, content }) => {
    const text = contentText(content);
    if (role === 'system') return text;
    return `${role === 'assistant' ? labels.assistant : labels.user}: ${text}`;
  });
  if (answer !== undefined) turns.push(`${labels.assistant}: ${answer}`);
  return turns.join('\n\n');
};

const asChat = (
  review: CritiqueContext,
  turns: Message[],
  request: string,
  form: 'with critique' | 'without critique',
): CritiqueRequest => {
  const shown = review.examples.flatMap(example => [
    ...example.prompt.filter(({ role }) => role !== 'system'),
    assistant(example.response),
    ...(form === 'with critique'
      ? [user(withNote(example.critique_request, critiqueTurn)), assistant(example.critique)]
      : []),
    user(withNote(example.revision_request, revisionTurn)),
    assistant(example.revision),
  ]);
  // Chat templates take a system message in the first place only.
  const system = review.conversation.filter(({ role }) => role === 'system');
  const said = review.conversation.filter(({ role }) => role !== 'system');
  return { prompt: [...system, ...shown, ...said, assistant(review.answer), ...turns], request, stop: [] };
};

const withPrinciples = ({ conversation, principle, examples }: CritiqueContext): CritiqueRequest => {
  const request = [inContext, ...statementOf(principle).map(line => `- ${line}`)].join('\n');
  const given = conversation.flatMap(({ role, content }) =>
    role === 'system' ? [contentText(content)] : [],
  );
  const system: Message = { role: 'system', content: [...given, request].join('\n\n') };
  const shown = examples.flatMap(example => [
    ...example.prompt.filter(({ role }) => role !== 'system'),
    assistant(example.revision),
  ]);
  const said = conversation.filter(({ role }) => role !== 'system');
  return { prompt: [system, ...shown, ...said], request, stop: [] };
};

/** Lines that say what a principle asks of an answer; several principles in one have a line each. */
const statementOf = ({ statement, revision }: CritiqueContext['principle']): string[] =>
  (statement ?? revision).split('\n');

const withNote = (request: string, note: string) => `${request}\n\n${note}`;
const user = (content: string): Message => ({ role: 'user', content });
const assistant = (content: string): Message => ({ role: 'assistant', content });
