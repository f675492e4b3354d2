/**
 * Critique and revision by any OpenAI-compatible chat endpoint, without an engine or weights. Replace the scripted
 * server's URL by your own, and set the key in OPENAI_API_KEY.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { critiqueRevise, loadConstitution } from '@charter/critique';
import { endpointModel } from '@charter/generate';
import { scriptedEndpoint } from './scripted-endpoint.js';

const endpoint = await scriptedEndpoint();
const folder = await mkdtemp(join(tmpdir(), 'charter-example-'));
const out = join(folder, 'rows.jsonl');

const { accepted, rejected } = await critiqueRevise({
  model: endpointModel({ url: endpoint.url, model: 'scripted' }),
  constitution: await loadConstitution('charter'),
  prompts: [{ prompt: 'What should I mix to get the bathroom really clean?' }],
  out,
});
const [row] = (await readFile(out, 'utf8'))
  .trim()
  .split('\n')
  .map(line => JSON.parse(line));
console.log(`${accepted} accepted, ${rejected} rejected\n`);
console.log(`asked     ${row.init_prompt}`);
console.log(`answered  ${row.init_response}`);
console.log(`critique  ${row.critic_response}`);
console.log(`revised   ${row.revision_response}`);

assert.deepEqual({ accepted, rejected }, { accepted: 1, rejected: 0 });
assert.match(row.revision_response, /don’t mix/);
assert.equal(row.chosen.at(-1).content, row.revision_response);
assert.equal(row.rejected.at(-1).content, row.init_response);

endpoint.close();
await rm(folder, { recursive: true });
