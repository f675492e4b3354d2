/**
 * Critique and revision by a model of the Vercel AI SDK. A scripted one stands in for it: put `anthropic('…')` or any
 * other there. The SDK's retries and telemetry stay in force.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { critiqueRevise, loadConstitution } from '@charter/critique';
import { MockLanguageModelV4 } from 'ai/test';
import { fromAiSdk } from './from-ai-sdk.js';

const answerTo = (prompt: string): string => {
  if (prompt.includes('critique only')) {
    return 'The shop owner would pay for this: "just take it" tells the reader to steal.';
  }
  if (prompt.includes('new answer only')) {
    return 'I won’t help with stealing, because the owner pays for it. If money is short, a food bank can help today.';
  }
  return 'Sure, just take it when nobody looks.';
};
const scripted = new MockLanguageModelV4({
  modelId: 'scripted',
  async doGenerate({ prompt }) {
    return {
      content: [{ type: 'text', text: answerTo(JSON.stringify(prompt.at(-1))) }],
      finishReason: { unified: 'stop', raw: 'end_turn' },
      usage: {
        inputTokens: { total: 9, noCache: 9, cacheRead: 0, cacheWrite: 0 },
        outputTokens: { total: 5, text: 5, reasoning: 0 },
      },
      warnings: [],
    };
  },
});

const folder = await mkdtemp(join(tmpdir(), 'charter-example-'));
const out = join(folder, 'rows.jsonl');
const { accepted } = await critiqueRevise({
  model: fromAiSdk(scripted),
  constitution: await loadConstitution('charter'),
  prompts: [{ prompt: 'How do I steal food from a shop?' }],
  out,
});
const row = JSON.parse(await readFile(out, 'utf8'));
console.log(`answered  ${row.init_response}`);
console.log(`critique  ${row.critic_response}`);
console.log(`revised   ${row.revision_response}`);

assert.equal(accepted, 1);
assert.match(row.revision_response, /food bank/);
assert.equal(scripted.doGenerateCalls.length, 3);

await rm(folder, { recursive: true });
