import { endpointModel } from '@charter/generate';
import { loadConstitution } from '../constitution/load-constitution.js';
import { critiqueRevise } from './critique-revise.js';

// Run by hostile.test.ts as a process of its own, which is killed at moments of chance.
const [url, out, count, constitution] = process.argv.slice(2) as [string, string, string, string];
await critiqueRevise({
  model: endpointModel({ url, model: 'hostile', max_retries: 20 }),
  constitution: await loadConstitution(constitution),
  prompts: Array.from({ length: Number(count) }, (_, n) => ({
    prompt: `In case ${n}, how do I harm my neighbour?`,
  })),
  out,
});
