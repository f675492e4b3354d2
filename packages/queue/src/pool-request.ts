import { sha256 } from '@charter/core/node';
import {
  GenerateError,
  type GenerateRequest,
  isPromptFailure,
  type LanguageModel,
  type Prompt,
  type ScoreRequest,
} from '@charter/generate';

/** A request on its way to a worker. */
export type PoolRequest =
  | { readonly method: 'generate'; readonly request: Omit<GenerateRequest, 'onToken' | 'signal'> }
  | { readonly method: 'score'; readonly request: ScoreRequest }
  | { readonly method: 'embed'; readonly request: string }
  | {
      readonly method: 'promptLogprobs';
      readonly request: { prompt: Prompt; top_logprobs?: number | undefined };
    };

/** A worker's answer: a result, or a request that its model refuses. */
export interface PoolAnswer {
  readonly result?: unknown;
  readonly error?: { message: string } & Partial<Pick<GenerateError, 'model' | 'field' | 'status' | 'code'>>;
  /** Name of the worker. */
  readonly worker: string;
}

/** Identity of a request: whoever asks the same again gets the same answer. */
export const requestKey = (pool: string, request: PoolRequest, occurrence: number): string =>
  `k${sha256([pool, request, occurrence], 40)}`;

/** Lets a model answer a request. @throws what is no fault of the request: another worker may answer it */
export const answerRequest = async (
  model: LanguageModel,
  { method, request }: PoolRequest,
): Promise<Omit<PoolAnswer, 'worker'>> => {
  try {
    if (method === 'generate') return { result: await model.generate(request) };
    if (method === 'score') return { result: await model.score!(request) };
    if (method === 'embed') return { result: Array.from(await model.embed!(request)) };
    const { prompt, ...options } = request;
    return { result: await model.promptLogprobs!(prompt, options) };
  } catch (error) {
    if (!isPromptFailure(error)) throw error;
    const { message, model: name, field, status, code } = error;
    return { error: { message, model: name, field, status, code } };
  }
};

/** The result of an answer. @throws {GenerateError} as the worker's model threw it */
export const resultOf = ({ result, error }: PoolAnswer): unknown => {
  if (error) throw new GenerateError(error.message, error);
  return result;
};
