import type { TokenLogprob } from '@charter/generate';

const encoder = new TextEncoder();

/** UTF-8 of a token; null where it is a part of a character. */
const bytesOf = (token: string): number[] | null =>
  token.includes('\uFFFD') ? null : [...encoder.encode(token)];

/** The chat API's form: an entry for each token. */
export const chatLogprobs = (tokens: readonly TokenLogprob[]) => ({
  content: tokens.map(({ token, logprob, top }) => ({
    token,
    logprob,
    bytes: bytesOf(token),
    top_logprobs: top.map(one => ({ ...one, bytes: bytesOf(one.token) })),
  })),
  refusal: null,
});

/**
 * The completions API's form: a list for each kind of fact.
 *
 * @param start where in the text the first of these tokens begins
 */
export const textLogprobs = (tokens: readonly TokenLogprob[], start: number) => {
  let offset = start;
  return {
    tokens: tokens.map(({ token }) => token),
    token_logprobs: tokens.map(({ logprob }) => logprob),
    top_logprobs: tokens.map(({ logprob, top }) =>
      logprob === null ? null : Object.fromEntries(top.map(one => [one.token, one.logprob])),
    ),
    text_offset: tokens.map(({ token }) => {
      const at = offset;
      offset += token.length;
      return at;
    }),
  };
};

/** vLLM's `prompt_logprobs`: an entry for each token of the prompt, under its id. */
export const promptLogprobEntries = (tokens: readonly TokenLogprob[]) =>
  tokens.map(({ token, id, logprob }) =>
    logprob === null ? null : { [`${id ?? token}`]: { logprob, decoded_token: token } },
  );
