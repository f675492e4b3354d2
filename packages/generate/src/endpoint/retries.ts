import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import { GenerateError } from '../generate-error.js';

/** Longest wait that a server may ask for, in milliseconds: beyond it, as for a day's quota, the request fails. */
const LONGEST_WAIT = 300_000;
/** Waits where the server names none: the first one, doubled each time, and the longest. */
const FIRST_WAIT = 500;
const LONGEST_BACKOFF = 20_000;

/** Sends requests again, and waits as the server says. One for each endpoint: what a server says holds for all. */
export interface Retries {
  /**
   * @param send the request; `seen` is to be called with the headers of its answer
   * @param final true when it may not be sent again, whatever went wrong: text has been passed on
   */
  run<T>(
    send: (seen: (headers: Headers) => void) => Promise<T>,
    options: { signal?: AbortSignal | undefined; final: () => boolean },
  ): Promise<T>;
}

export const createRetries = ({ max_retries }: { max_retries: number }): Retries => {
  let openAgain = 0;
  /** Holds back every request that has not been sent yet. */
  const pause = (milliseconds: number) => {
    openAgain = Math.max(openAgain, Date.now() + milliseconds);
  };
  const seen = (headers: Headers) => {
    const wait = exhaustedFor(headers);
    if (wait !== undefined && wait <= LONGEST_WAIT) pause(wait);
  };
  return {
    async run(send, { signal, final }) {
      for (let attempt = 0; ; attempt++) {
        for (let wait = openAgain - Date.now(); wait > 0; wait = openAgain - Date.now()) {
          await sleep(wait, undefined, signal && { signal });
        }
        try {
          return await send(seen);
        } catch (error) {
          const told = error instanceof OpenAI.APIError ? toldWait(error.headers) : undefined;
          if (signal?.aborted || final() || attempt >= max_retries || !isPassing(error)) throw error;
          if (told !== undefined && told > LONGEST_WAIT) {
            throw new GenerateError(
              `the server asks to wait ${Math.ceil(told / 1000)} s, which is too long. Start again then`,
              { status: (error as { status?: number }).status, cause: error },
            );
          }
          if (told !== undefined && (error as { status?: number }).status === 429) pause(told);
          else await sleep(told ?? backoff(attempt), undefined, signal && { signal });
        }
      }
    },
  };
};

/** Between a half and the whole of the doubled wait, so that requests that failed together don't come back together. */
const backoff = (attempt: number): number =>
  Math.min(FIRST_WAIT * 2 ** attempt, LONGEST_BACKOFF) * (0.5 + Math.random() / 2);

/** True when another try may go better: a busy, failing or absent server, or an answer that broke on its way. */
const isPassing = (error: unknown): boolean => {
  if (error instanceof OpenAI.APIUserAbortError) return false;
  if (error instanceof OpenAI.APIConnectionError) return true;
  if (error instanceof OpenAI.APIError && error.status !== undefined) {
    return [408, 409, 425, 429].includes(error.status) || error.status >= 500;
  }
  // A request that is wrong is named by its field; what is left is an answer that cannot be read.
  return !(error instanceof GenerateError && error.field !== undefined);
};

/** Milliseconds that a refused request has to wait, where the server says. */
const toldWait = (headers: Headers | undefined): number | undefined => {
  if (!headers) return undefined;
  const milliseconds = Number.parseFloat(headers.get('retry-after-ms') ?? '');
  if (milliseconds >= 0) return milliseconds;
  const after = headers.get('retry-after');
  if (after !== null) {
    const seconds = Number(after);
    const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(after) - Date.now();
    if (Number.isFinite(wait)) return Math.max(0, wait);
  }
  return exhaustedFor(headers);
};

/** Milliseconds until requests or tokens are there again, where none is left now. */
const exhaustedFor = (headers: Headers): number | undefined => {
  const waits = ['requests', 'tokens'].flatMap(what => {
    const wait = durationOf(headers.get(`x-ratelimit-reset-${what}`) ?? '');
    return headers.get(`x-ratelimit-remaining-${what}`) === '0' && wait !== undefined ? [wait] : [];
  });
  return waits.length > 0 ? Math.max(...waits) : undefined;
};

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `6m0s`, `20ms` or plain seconds, in milliseconds. */
const durationOf = (text: string): number | undefined => {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return undefined;
  return [...text.matchAll(/([\d.]+)(ms|s|m|h|d)/g)].reduce(
    (sum, [, number, unit]) => sum + Number(number) * UNITS[unit!]!,
    0,
  );
};
