/**
 * Rows of a file as token ids and labels, for a trainer in Python. TRL takes columns `input_ids` and `labels` as they are:
 *
 *     dataset = load_dataset("json", data_files="tokens.jsonl", split="train")
 *     SFTTrainer(model, train_dataset=dataset, args=SFTConfig(max_length=512)).train()
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelFolder, promptFile } from '@charter/charter-tiny';
import { readRows } from '@charter/datasets';
import { loadTokenizer } from '@charter/tokenizer';

/** Label of a token without a loss, in PyTorch. */
const IGNORED = -100;

const tokenizer = await loadTokenizer(modelFolder);
const folder = await mkdtemp(join(tmpdir(), 'charter-example-'));
const examples: { input_ids: number[]; labels: number[] }[] = [];
for await (const row of readRows(promptFile('helpful'), { as: 'sft', limit: 3 })) {
  if (row.kind !== 'prompt-completion') continue;
  const { ids, promptLength } = tokenizer.tokenizePromptCompletion(row.prompt, row.completion);
  examples.push({ input_ids: ids, labels: ids.map((id, i) => (i < promptLength ? IGNORED : id)) });
}
await writeFile(
  join(folder, 'tokens.jsonl'),
  examples.map(example => `${JSON.stringify(example)}\n`).join(''),
);

for (const { input_ids, labels } of examples) {
  const trained = tokenizer.decode(labels.filter(label => label !== IGNORED));
  console.log(`${input_ids.length} tokens, of them trained: ${JSON.stringify(trained)}`);
  // A model that is not trained on the end of its turn never stops.
  assert.ok(tokenizer.eosTokenIds.some(id => labels.includes(id)));
  assert.equal(input_ids.length, labels.length);
}
assert.equal(examples.length, 3);

await rm(folder, { recursive: true });
