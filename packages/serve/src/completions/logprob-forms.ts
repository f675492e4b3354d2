import type { TokenLogprob } from '@charter/core';

const encoder = new TextEncoder();

/** Bytes of a token, also of one that is a part of a character; null where the model does not say them. */
const bytesOf = ({ token, bytes }: { token: string; bytes?: readonly number[] | undefined }) => {
  if (bytes) return bytes;
  return token.includes('\uFFFD') ? null : [...encoder.encode(token)];
};

/** The chat API's form: an entry for each token. */
export const chatLogprobs = (tokens: readonly TokenLogprob[]) => ({
  content: tokens.map(one => ({
    token: one.token,
    logprob: one.logprob,
    bytes: bytesOf(one),
    top_logprobs: one.top.map(other => ({
      token: other.token,
      logprob: other.logprob,
      bytes: bytesOf(other),
    })),
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
      // Of tokens that read the same, such as parts of characters, the most likely one counts.
      logprob === null ? null : Object.fromEntries(top.toReversed().map(one => [one.token, one.logprob])),
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
