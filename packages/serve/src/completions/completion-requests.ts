import type { GenerateRequest, Prompt } from '@charter/core';
import { z } from 'zod';
import { RequestError } from '../http/request-error.js';
import { MOST_CHOICES, readMessages, readPrompts, readStops } from './request-fields.js';

/** Values that ask for nothing that is not done anyway. `null` is "not given" for every field. */
const neutral = {
  user: z.unknown(),
  metadata: z.unknown(),
  store: z.unknown(),
  service_tier: z.unknown(),
  safety_identifier: z.unknown(),
  prompt_cache_key: z.unknown(),
  prompt_cache_retention: z.unknown(),
  priority: z.unknown(),
  request_id: z.unknown(),
  frequency_penalty: z.literal(0, 'only 0: use repetition_penalty'),
  presence_penalty: z.literal(0, 'only 0: use repetition_penalty'),
  logit_bias: z.strictObject({}),
  // As vLLM and SGLang spell them.
  ignore_eos: z.literal(false),
  min_tokens: z.literal(0),
  skip_special_tokens: z.literal(true),
  spaces_between_special_tokens: z.literal(true),
  include_stop_str_in_output: z.literal(false),
  stop_token_ids: z.tuple([]),
  length_penalty: z.literal(1),
  use_beam_search: z.literal(false),
  return_token_ids: z.literal(false),
  return_tokens_as_token_ids: z.literal(false),
  documents: z.tuple([]),
};

const tools = {
  tools: z.tuple([], 'tools are not supported; only an empty list is taken'),
  functions: z.tuple([], 'functions are not supported; only an empty list is taken'),
  tool_choice: z.literal(['none', 'auto'], 'tools are not supported; only none or auto is taken'),
  function_call: z.literal(['none', 'auto'], 'functions are not supported; only none or auto is taken'),
  parallel_tool_calls: z.boolean(),
};

/** Fields of both kinds of completion. An unknown field could change the text: it is refused, not ignored. */
const common = {
  temperature: z.number().min(0),
  top_p: z.number().min(0).max(1),
  // -1 is vLLM's for all.
  top_k: z
    .int()
    .min(-1)
    .transform(k => Math.max(0, k)),
  min_p: z.number().min(0).max(1),
  repetition_penalty: z.number().positive(),
  seed: z.int(),
  stop: z.unknown().transform(readStops),
  n: z.int().min(1).max(128),
  stream: z.boolean(),
  stream_options: z.strictObject({
    include_usage: z.boolean().nullish(),
    include_obfuscation: z.boolean().nullish(),
    continuous_usage_stats: z.literal(false).nullish(),
  }),
  ...neutral,
};

const chatSchema = z
  .strictObject({
    ...common,
    ...tools,
    max_tokens: z.int().min(1),
    max_completion_tokens: z.int().min(1),
    logprobs: z.boolean(),
    top_logprobs: z.int().min(0).max(20),
    response_format: z.strictObject({ type: z.literal('text') }),
    modalities: z.tuple([z.literal('text')]),
    reasoning_effort: z.literal('none', 'only none: use a chat template that knows it'),
    verbosity: z.literal('medium', 'only medium'),
    // As vLLM and SGLang spell them.
    continue_final_message: z.boolean(),
    add_generation_prompt: z.boolean(),
    add_special_tokens: z.literal(false),
    echo: z.literal(false),
    chat_template_kwargs: z.record(z.string(), z.unknown()),
    prompt_logprobs: z.int().min(0),
  })
  .partial()
  .extend({ model: z.string(), messages: z.unknown().transform(readMessages) });

const completionSchema = z
  .strictObject({
    ...common,
    max_tokens: z.int().min(0),
    logprobs: z.int().min(0).max(20),
    echo: z.boolean(),
    best_of: z.int().min(1),
    suffix: z.literal('', 'text is not inserted before a suffix'),
    add_special_tokens: z.literal(true),
  })
  .partial()
  .extend({ model: z.string(), prompt: z.unknown().transform(readPrompts) });

/** A request, whichever of the API's two kinds it came as. */
export interface CompletionRequest {
  model: string;
  /** Each gets `n` choices. */
  prompts: readonly Prompt[];
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
  if (asked.top_logprobs && !asked.logprobs) {
    throw new RequestError(400, 'top_logprobs needs logprobs: true', { param: 'top_logprobs' });
  }
  const { chat_template_kwargs } = asked;
  if (asked.prompt_logprobs !== undefined && Object.keys(chat_template_kwargs ?? {}).length > 0) {
    throw new RequestError(400, 'prompt_logprobs are those of the plain template', {
      param: 'chat_template_kwargs',
    });
  }
  return {
    ...answering(asked, [asked.messages]),
    echo: false,
    promptLogprobs: asked.prompt_logprobs !== undefined,
    generate: {
      ...sampling(asked),
      max_new_tokens: asked.max_completion_tokens ?? asked.max_tokens ?? UNLIMITED,
      top_logprobs: asked.logprobs ? (asked.top_logprobs ?? 0) : undefined,
      chat_template_kwargs,
    },
  };
};

/** @throws {RequestError} naming the first field that is wrong or unknown */
export const textRequest = (body: unknown): CompletionRequest => {
  const asked = parse(completionSchema, body);
  const { logprobs, echo = false, best_of, n = 1 } = asked;
  if (best_of !== undefined && best_of !== n) {
    throw new RequestError(400, `best_of: only ${n}, the value of n, since no choice is left out`, {
      param: 'best_of',
    });
  }
  return {
    ...answering(asked, asked.prompt),
    echo,
    promptLogprobs: echo && logprobs !== undefined,
    generate: {
      ...sampling(asked),
      // The API's own default.
      max_new_tokens: asked.max_tokens ?? 16,
      top_logprobs: logprobs,
    },
  };
};

type Common = Pick<z.output<typeof completionSchema>, keyof typeof common | 'model'>;

const answering = ({ model, n = 1, stream = false, stream_options }: Common, prompts: readonly Prompt[]) => {
  const choices = prompts.length * n;
  if (choices > MOST_CHOICES) {
    throw new RequestError(400, `prompts × n: ${choices} choices are more than ${MOST_CHOICES}`, {
      param: 'n',
    });
  }
  return { model, prompts, n, stream, includeUsage: stream_options?.include_usage ?? false };
};

const sampling = ({ temperature, top_p, top_k, min_p, repetition_penalty, seed, stop }: Common) => ({
  temperature,
  top_p,
  top_k,
  min_p,
  repetition_penalty,
  seed,
  stop,
});

const parse = <Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> => {
  const given =
    typeof body === 'object' && body !== null && !Array.isArray(body)
      ? Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null))
      : body;
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  if (issue.code === 'unrecognized_keys') {
    const name = [...issue.path, issue.keys[0]!].join('.');
    throw new RequestError(400, `Unrecognized request argument supplied: ${name}`, { param: name });
  }
  const param = issue.path.join('.') || null;
  throw new RequestError(400, `${param ?? 'the body'}: ${issue.message}`, { param });
};
