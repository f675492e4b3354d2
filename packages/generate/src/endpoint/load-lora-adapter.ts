import { GenerateError } from '../generate-error.js';

export interface LoadLoraAdapterOptions {
  /** Where the server's API begins, such as `http://localhost:8000/v1`. */
  readonly url: string;
  /** Name under which requests ask for the adapter. */
  readonly lora_name: string;
  /** Folder of the adapter, in PEFT's format, as the server sees it. */
  readonly lora_path: string;
  /** Default: `OPENAI_API_KEY` of the environment. */
  readonly api_key?: string | undefined;
}

/**
 * Loads an adapter into a running server, which then has it as a model of that name. One that is loaded already stays.
 *
 * @throws {GenerateError} when the server cannot be reached, cannot load adapters, or refuses this one
 * @see vLLM's documentation, "Dynamically serving LoRA adapters"; SGLang has the same call without `/v1`
 */
export const loadLoraAdapter = async (options: LoadLoraAdapterOptions): Promise<void> => {
  const { url, lora_name, lora_path, api_key = process.env.OPENAI_API_KEY } = options;
  const base = url.replace(/\/+$/, '');
  const fail = (problem: string, status?: number) =>
    new GenerateError(`loadLoraAdapter at ${base}: ${problem}`, { model: lora_name, status });
  const post = async (address: string): Promise<{ status: number; text: string }> => {
    try {
      const response = await fetch(`${address}/load_lora_adapter`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(api_key && { authorization: `Bearer ${api_key}` }),
        },
        body: JSON.stringify({ lora_name, lora_path }),
        signal: AbortSignal.timeout(120_000),
      });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      const cause = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
      throw fail(
        `the server cannot be reached (${cause.code ?? cause.message}). Check the URL and that it runs.`,
      );
    }
  };
  let answer = await post(base);
  if (answer.status === 404 && base.endsWith('/v1')) answer = await post(base.slice(0, -'/v1'.length));
  const { status, text } = answer;
  if (status < 300 || /already (been )?loaded/i.test(text)) return;
  if (status === 404) {
    throw fail(
      'the server loads no adapters while it runs. Start vLLM with --enable-lora, and with ' +
        'VLLM_ALLOW_RUNTIME_LORA_UPDATING=True in its environment; or merge the adapter (charter merge).',
      status,
    );
  }
  throw fail(`${text.slice(0, 300)} (status ${status}; the folder is ${lora_path})`, status);
};
