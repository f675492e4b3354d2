import type { GenerateRequest, Message } from '@charter/generate';
import { z } from 'zod';
import { RequestError } from './request-error.js';

/** Fields of both kinds of completion. An unknown field could change the text: it is refused, not ignored. */
const common = {
  model: z.string(),
  temperature: z.number().min(0).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().min(0).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  repetition_penalty: z.number().positive().nullish(),
  seed: z.int().nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  n: z.int().min(1).max(128).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
  user: z.string().nullish(),
  frequency_penalty: z.literal(0, 'only 0: use repetition_penalty').nullish(),
  presence_penalty: z.literal(0, 'only 0: use repetition_penalty').nullish(),
  logit_bias: z.strictObject({}).nullish(),
};

/** A text, or parts that are all text. */
const content = z.union([
  z.string(),
  z
    .array(z.object({ type: z.literal('text'), text: z.string() }))
    .transform(parts => parts.map(({ text }) => text).join('')),
]);

const chatSchema = z.strictObject({
  ...common,
  messages: z
    .array(z.object({ role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']), content }))
    .min(1),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  response_format: z.strictObject({ type: z.literal('text') }).nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  store: z.boolean().nullish(),
  // As vLLM and SGLang spell them.
  continue_final_message: z.boolean().nullish(),
  add_generation_prompt: z.boolean().nullish(),
  prompt_logprobs: z.int().min(0).nullish(),
});

const completionSchema = z.strictObject({
  ...common,
  prompt: z.union([z.string(), z.array(z.string()).min(1)]),
  max_tokens: z.int().min(0).nullish(),
  logprobs: z.int().min(0).max(20).nullish(),
  echo: z.boolean().nullish(),
});

/** A request, whichever of the API's two kinds it came as. */
export interface CompletionRequest {
  model: string;
  /** Each gets `n` choices. */
  prompts: (Message[] | string)[];
  n: number;
  stream: boolean;
  includeUsage: boolean;
  generate: Omit<GenerateRequest, 'prompt'>;
  /** True when texts begin with their prompt, its log-probabilities included. */
  echo: boolean;
  /** True when the answer holds the log-probabilities of the prompt. */
  promptLogprobs: boolean;
}

/** Far beyond any model's positions, which end a text as well. */
const UNLIMITED = 2 ** 30;

/** @throws {RequestError} naming the first field that is wrong or unknown */
export const chatRequest = (body: unknown): CompletionRequest => {
  const asked = parse(chatSchema, body);
  const last = asked.messages.at(-1)!.role === 'assistant';
  if (last && (asked.add_generation_prompt ?? false)) {
    throw new RequestError(400, 'a last message of the assistant is continued, so no new turn is opened', {
      param: 'add_generation_prompt',
    });
  }
  if (!last && asked.continue_final_message) {
    throw new RequestError(400, "only a last message of the assistant's can be continued", {
      param: 'continue_final_message',
    });
  }
  if (asked.top_logprobs != null && !asked.logprobs) {
    throw new RequestError(400, 'top_logprobs needs logprobs: true', { param: 'top_logprobs' });
  }
  const messages = asked.messages.map(
    ({ role, content }): Message => ({
      role: role === 'developer' ? 'system' : role,
      content,
    }),
  );
  return {
    ...answering(asked),
    prompts: [messages],
    echo: false,
    promptLogprobs: asked.prompt_logprobs != null,
    generate: {
      ...sampling(asked),
      max_new_tokens: asked.max_completion_tokens ?? asked.max_tokens ?? UNLIMITED,
      top_logprobs: asked.logprobs ? (asked.top_logprobs ?? 0) : undefined,
    },
  };
};

/** @throws {RequestError} naming the first field that is wrong or unknown */
export const textRequest = (body: unknown): CompletionRequest => {
  const asked = parse(completionSchema, body);
  const { prompt, logprobs, echo } = asked;
  return {
    ...answering(asked),
    prompts: typeof prompt === 'string' ? [prompt] : prompt,
    echo: echo ?? false,
    promptLogprobs: (echo ?? false) && logprobs != null,
    generate: {
      ...sampling(asked),
      // The API's own default.
      max_new_tokens: asked.max_tokens ?? 16,
      top_logprobs: logprobs ?? undefined,
    },
  };
};

type Common = z.output<z.ZodObject<typeof common>>;

const answering = ({ model, n, stream, stream_options }: Common) => ({
  model,
  n: n ?? 1,
  stream: stream ?? false,
  includeUsage: stream_options?.include_usage ?? false,
});

const sampling = ({ temperature, top_p, top_k, min_p, repetition_penalty, seed, stop }: Common) => ({
  temperature: temperature ?? undefined,
  top_p: top_p ?? undefined,
  top_k: top_k ?? undefined,
  min_p: min_p ?? undefined,
  repetition_penalty: repetition_penalty ?? undefined,
  seed: seed ?? undefined,
  stop: stop == null ? undefined : [stop].flat(),
});

const parse = <Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> => {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  if (issue.code === 'unrecognized_keys') {
    const [name] = issue.keys;
    throw new RequestError(400, `Unrecognized request argument supplied: ${name}`, { param: name! });
  }
  const param = issue.path.join('.') || null;
  throw new RequestError(400, `${param ?? 'the body'}: ${issue.message}`, { param });
};
