import { z } from 'zod';
import { GenerateError } from '../generate-error.js';

const isPlain = (url: string): boolean => {
  const { username, password, search, hash } = new URL(url);
  return !(username || password || search || hash);
};

const endpointOptionsSchema = z.object({
  url: z
    .url({ protocol: /^https?$/, error: 'expected a URL such as http://localhost:8000/v1' })
    // fetch refuses the former; paths are put behind the latter.
    .refine(isPlain, 'a user name, password or query cannot be used; give a key as api_key')
    .transform(url => url.replace(/\/+$/, '')),
  model: z.string().min(1),
  name: z.string().optional(),
  api_key: z.string().min(1).optional(),
  concurrency: z.int().min(1).default(8),
  timeout: z.number().positive().max(300, 'Node waits for no answer longer than 300 s').default(300),
  max_retries: z.int().min(0).default(5),
});

export interface EndpointModelOptions {
  /** Where the server's API begins, such as `http://localhost:8000/v1`. */
  url: string;
  /** The model's name on the server. */
  model: string;
  /** The model's name in our files; default: its name on the server. */
  name?: string | undefined;
  /** Default: `OPENAI_API_KEY` of the environment; without one, no key is sent. */
  api_key?: string | undefined;
  /** Most requests in flight; default 8. */
  concurrency?: number | undefined;
  /** Seconds that a request, or the next piece of a streamed answer, may take; at most and by default 300. */
  timeout?: number | undefined;
  /**
   * Retries of a request that the server was too busy for, that met no server, or whose answer broke off;
   * default 5. A rate limit is waited out as the server's headers say, and half a second, doubled each time, else.
   */
  max_retries?: number | undefined;
}

export type EndpointSettings = z.infer<typeof endpointOptionsSchema> & {
  /** The model's name in our files. */
  name: string;
};

/**
 * Fills in defaults and the key of the environment.
 * @throws {GenerateError} naming the first option that is wrong; a key is never quoted
 */
export const parseEndpointOptions = (options: EndpointModelOptions): EndpointSettings => {
  const parsed = endpointOptionsSchema.safeParse(options);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const field = String(issue.path[0]);
    throw new GenerateError(`endpointModel: ${field}: ${issue.message}.`, { field });
  }
  const { data } = parsed;
  return {
    ...data,
    name: data.name ?? data.model,
    api_key: data.api_key ?? (process.env.OPENAI_API_KEY || undefined),
  };
};
