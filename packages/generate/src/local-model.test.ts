import { readFile } from 'node:fs/promises';
import { openCheckpoint, readTensor } from '@charter/checkpoint';
import { parseModelConfig } from '@charter/models';
import { loadTokenizer } from '@charter/tokenizer';
import { describe, expect, test } from 'vitest';
import { localModel } from './local-model.js';
import { referenceRuntime } from './reference-runtime.fixture.js';

const fixtures = new URL('../../../fixtures/', import.meta.url).pathname;
const json = async (name: string) => JSON.parse(await readFile(fixtures + name, 'utf8'));
const open = async (name: string) => {
  const folder = `${fixtures}models/${name}`;
  const { config, weights } = await openCheckpoint(folder);
  const w = new Map();
  for (const [n, t] of weights) { const d = await readTensor(t); w.set(n, { dtype: 'float32', shape: t.shape, data: new Uint8Array(d.buffer, d.byteOffset, d.byteLength) }); }
  return localModel({ runtime: referenceRuntime(), config: parseModelConfig(config), weights: w, tokenizer: await loadTokenizer(folder), name });
};
describe.each(['llama', 'llama-untied-rope3', 'mistral', 'qwen2', 'qwen3'])('%s', name => {
  test('greedy', async () => {
    const model = await open(name);
    const { rows } = await json(`greedy/${name}.json`);
    const t = performance.now();
    const out = await Promise.all(rows.map((row: any) => model.generate({ prompt: row.messages, temperature: 0, max_new_tokens: 64, repetition_penalty: row.repetition_penalty })));
    console.log(name, performance.now() - t, rows.length, rows.map((r: any) => r.first_eos));
    out.forEach((o, i) => { expect(o.ids).toEqual(rows[i].first_eos === null ? rows[i].ids : rows[i].ids.slice(0, rows[i].first_eos + 1)) });
  });
  test('scores', async () => {
    const model = await open(name);
    const { rows } = await json(`scores/${name}.json`);
    let worst = 0;
    for (const row of rows) { const s = await model.scoreIds(row.ids); s.forEach((x, i) => { worst = Math.max(worst, Math.abs(x - row.logprobs[i])) }); expect(s.length).toBe(row.logprobs.length); }
    console.log(name, worst);
    expect(worst).toBeLessThan(1e-4);
  });
});
