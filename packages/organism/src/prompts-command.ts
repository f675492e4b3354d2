/** `pnpm organism:prompts`: writes the prompt files of a recipe for the organism. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { recipePrompts } from './recipe-prompts.js';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'packages/charter-tiny/prompts' },
    count: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
  },
});

await mkdir(values.out, { recursive: true });
for (const [name, rows] of Object.entries(
  recipePrompts({ count: Number(values.count), seed: Number(values.seed) }),
)) {
  const file = join(values.out, `${name}.jsonl`);
  await writeFile(file, rows.map(row => `${JSON.stringify(row)}\n`).join(''));
  console.log(`${rows.length} rows in ${file}`);
}
