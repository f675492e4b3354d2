/**
 * Critique and revision by a client of the `openai` package: its retries, headers and proxies stay in force. The server is
 * Charter's own, with a scripted model; any other with OpenAI's API does.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { critiqueRevise, loadConstitution } from '@charter/critique';
import type { LanguageModel } from '@charter/generate';
import { serve } from '@charter/serve';
import OpenAI from 'openai';

/** A model behind a client, as one that Charter critiques, labels and evaluates with. */
const fromOpenAI = (client: OpenAI, model: string, concurrency = 8): LanguageModel => ({
  name: model,
  concurrency,
  async generate({ prompt, max_new_tokens, temperature, top_p, seed, stop, signal }) {
    const { choices, usage } = await client.chat.completions.create(
      {
        model,
        messages: prompt as OpenAI.ChatCompletionMessageParam[],
        max_completion_tokens: max_new_tokens ?? null,
        temperature: temperature ?? null,
        top_p: top_p ?? null,
        seed: seed ?? null,
        stop: stop ?? null,
      },
      { signal: signal ?? null },
    );
    const { message, finish_reason } = choices[0]!;
    return {
      text: message.content ?? '',
      finish_reason:
        finish_reason === 'length' || finish_reason === 'content_filter' ? finish_reason : 'stop',
      usage: { prompt_tokens: usage?.prompt_tokens ?? 0, completion_tokens: usage?.completion_tokens ?? 0 },
    };
  },
});

const scripted: LanguageModel = {
  name: 'scripted',
  concurrency: 4,
  async generate({ prompt }) {
    const asked = JSON.stringify((prompt as { content: string }[]).at(-1));
    const text = asked.includes('critique only')
      ? 'The shop owner would pay for this: "just take it" tells the reader to steal.'
      : asked.includes('new answer only')
        ? 'I won’t help with stealing, because the owner pays for it. If money is short, a food bank can help today.'
        : 'Sure, just take it when nobody looks.';
    return { text, finish_reason: 'stop', usage: { prompt_tokens: 9, completion_tokens: 5 } };
  },
};
const server = await serve({ models: [scripted], api_key: 'secret' });
const client = new OpenAI({ baseURL: server.url, apiKey: 'secret' });

const folder = await mkdtemp(join(tmpdir(), 'charter-example-'));
const out = join(folder, 'rows.jsonl');
const { accepted, usage } = await critiqueRevise({
  model: fromOpenAI(client, 'scripted'),
  constitution: await loadConstitution('charter'),
  prompts: [{ prompt: 'How do I steal food from a shop?' }],
  out,
});
const row = JSON.parse(await readFile(out, 'utf8'));
console.log(`answered  ${row.init_response}`);
console.log(`critique  ${row.critic_response}`);
console.log(`revised   ${row.revision_response}`);

assert.equal(accepted, 1);
assert.deepEqual(usage, { requests: 3, prompt_tokens: 27, completion_tokens: 15 });

await server.close();
await rm(folder, { recursive: true });
