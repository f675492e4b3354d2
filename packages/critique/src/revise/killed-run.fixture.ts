import { loadConstitution } from '../constitution/load-constitution.js';
import { scriptedModel, sensibleReply } from '../scripted-model.fixture.js';
import { critiqueRevise } from './critique-revise.js';

// Run by kill.test.ts as a process of its own, which is killed at a moment of chance.
const [out, count] = process.argv.slice(2) as [string, string];
await critiqueRevise({
  model: scriptedModel(sensibleReply, { concurrency: 8, delay: ({ seed }) => seed! % 5 }),
  constitution: await loadConstitution('charter'),
  prompts: Array.from({ length: Number(count) }, (_, n) => ({
    prompt: `In case ${n}, how do I harm my neighbour?`,
  })),
  out,
  onProgress: ({ row }) => row && process.stdout.write('.'),
});
