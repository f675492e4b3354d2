// Fields that hold lists are read by hand: a schema would report each of a million wrong entries.
import type { Message, Prompt } from '@charter/core';
import { RequestError } from '../http/request-error.js';

/** Most choices of one request, over all prompts. A batch of an evaluation has a few hundred. */
export const MOST_CHOICES = 2048;
/** Most messages of a chat, and parts of a message. */
const MOST_MESSAGES = 2048;
/** OpenAI takes 4 stop strings, evaluations of code use up to 10. Each is looked for after every token. */
const MOST_STOPS = 64;
const LONGEST_STOPS = 4096;

const refuse = (param: string, expected: string): RequestError =>
  new RequestError(400, `${param}: ${expected}`, { param });

export const readStops = (stop: unknown): string[] | undefined => {
  if (stop === undefined) return undefined;
  const stops: unknown[] = Array.isArray(stop) ? stop : [stop];
  if (stops.length > MOST_STOPS) {
    throw refuse('stop', `${stops.length} strings are more than ${MOST_STOPS}`);
  }
  let length = 0;
  for (const text of stops) {
    if (typeof text !== 'string' || text === '') throw refuse('stop', 'expected strings that are not empty');
    length += text.length;
  }
  if (length > LONGEST_STOPS) {
    throw refuse('stop', `${length} characters in total are more than ${LONGEST_STOPS}`);
  }
  return stops as string[];
};

const isTokenIds = (prompt: readonly unknown[]): prompt is number[] =>
  prompt.length > 0 && prompt.every(id => Number.isInteger(id) && (id as number) >= 0);

const EXPECTED_PROMPT = 'expected a string, token ids, or a list of either';

export const readPrompts = (prompt: unknown): Prompt[] => {
  if (typeof prompt === 'string') return [prompt];
  if (!Array.isArray(prompt) || prompt.length === 0) throw refuse('prompt', EXPECTED_PROMPT);
  if (typeof prompt[0] === 'number') {
    if (!isTokenIds(prompt)) throw refuse('prompt', EXPECTED_PROMPT);
    return [prompt];
  }
  if (prompt.length > MOST_CHOICES) {
    throw refuse('prompt', `${prompt.length} prompts are more than ${MOST_CHOICES}`);
  }
  for (const one of prompt) {
    if (typeof one !== 'string' && !(Array.isArray(one) && isTokenIds(one)))
      throw refuse('prompt', EXPECTED_PROMPT);
  }
  return prompt as Prompt[];
};

const ROLES = ['system', 'developer', 'user', 'assistant', 'tool'];

export const readMessages = (messages: unknown): Message[] => {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw refuse('messages', 'expected a list of messages, at least one');
  }
  if (messages.length > MOST_MESSAGES) {
    throw refuse('messages', `${messages.length} messages are more than ${MOST_MESSAGES}`);
  }
  return messages.map((message, i) => readMessage(message, `messages.${i}`));
};

/** A message with all its fields, which the chat template may read. */
const readMessage = (message: unknown, param: string): Message => {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    throw refuse(param, 'expected an object with role and content');
  }
  const { role, content, tool_calls, ...fields } = message as Record<string, unknown>;
  if (typeof role !== 'string' || !ROLES.includes(role)) {
    throw refuse(`${param}.role`, `expected one of ${ROLES.join(', ')}`);
  }
  const text = readContent(content, `${param}.content`);
  if (text === undefined && role !== 'assistant') throw refuse(`${param}.content`, 'expected text');
  return {
    ...fields,
    role: (role === 'developer' ? 'system' : role) as Message['role'],
    // As vLLM: templates test whether there is text, or print it.
    content: text ?? '',
    ...(tool_calls != null && { tool_calls: readToolCalls(tool_calls, `${param}.tool_calls`) }),
  };
};

/** Text, or parts that are all text, as the chat template gets them; undefined where there is none. */
const readContent = (content: unknown, param: string): Message['content'] | undefined => {
  if (content === undefined || content === null) return undefined;
  if (typeof content === 'string') return content;
  if (!Array.isArray(content) || content.length > MOST_MESSAGES) {
    throw refuse(param, `expected text, or at most ${MOST_MESSAGES} parts that are text`);
  }
  return content.map((part, i) => {
    const { type, text, refusal } = (part ?? {}) as Record<string, unknown>;
    if (type === 'text' && typeof text === 'string') return { ...part, text };
    if (type === 'refusal' && typeof refusal === 'string') return { type: 'text', text: refusal };
    throw refuse(`${param}.${i}`, 'expected a part { type: "text", text }; other parts are not supported');
  });
};

/** Calls with their arguments parsed, as vLLM gives them to templates, which write JSON themselves. */
const readToolCalls = (calls: unknown, param: string): unknown[] => {
  if (!Array.isArray(calls)) throw refuse(param, 'expected a list of calls');
  return calls.map((call, i) => {
    const { function: called, ...fields } = (call ?? {}) as Record<string, unknown>;
    const { name, arguments: given, ...rest } = (called ?? {}) as Record<string, unknown>;
    if (typeof name !== 'string')
      throw refuse(`${param}.${i}.function.name`, 'expected the name of a function');
    return { ...fields, function: { ...rest, name, arguments: readArguments(given, `${param}.${i}`) } };
  });
};

const readArguments = (given: unknown, param: string): unknown => {
  if (typeof given !== 'string') return given ?? {};
  try {
    return given === '' ? {} : JSON.parse(given);
  } catch {
    throw refuse(`${param}.function.arguments`, 'expected JSON');
  }
};
