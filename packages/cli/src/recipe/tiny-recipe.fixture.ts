import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** Short, since the model has room for 256 tokens. */
export const tinyConstitution = `
name: tiny
principles:
  - { id: kind, critique: Is it kind?, revision: Be kind., comparison: Which is kinder? }
  - { id: honest, critique: Is it true?, revision: Be true., comparison: Which is truer? }
`;

/** Small enough for a random model of two layers, whose texts no gate would let pass. */
export const tinyRecipe = (folder: string, extra = '') => `
name: tiny
model: ${join(root, 'fixtures/models/llama')}
constitution: ${join(folder, 'constitution.yaml')}
critique:
  from: prompts
  prompts: { data: harmful, limit: 3 }
  mode: direct
  few_shot: 0
  retries: 0
  gates: { empty: false, cut-off: false, format-leak: false, loop: false, critique-copied: false, revision-copied: false, revision-unchanged: false, revision-refuses-only: false }
  sampling: { answer: { max_new_tokens: 8 }, critique: { max_new_tokens: 8 }, revision: { max_new_tokens: 8 } }
helpful: { data: helpful, limit: 3 }
sft: { num_train_epochs: 2, per_device_train_batch_size: 2, max_length: 96${extra} }
label: { from: samples, max_new_tokens: 8, few_shot: 0 }
dpo: { num_train_epochs: 1, per_device_train_batch_size: 2, max_length: 96 }
evaluate:
  harmful: { data: harmful-held-out, limit: 2 }
  helpful: { data: helpful-held-out, limit: 2 }
  borderline: { data: borderline-held-out, limit: 2 }
  max_new_tokens: 8
`;

/** The command as a user runs it; `until` says when to press Ctrl-C. */
export const charter = (args: string[], until?: (stderr: string) => boolean) =>
  new Promise<{ status: number | null; stdout: string; stderr: string }>(resolve => {
    const main = join(root, 'packages/cli/src/main.ts');
    const child = spawn(
      process.execPath,
      ['--conditions=@charter/source', '--import', 'tsx', main, ...args],
      { cwd: root },
    );
    let stdout = '';
    let stderr = '';
    let asked = false;
    child.stdout.on('data', chunk => {
      stdout += chunk;
    });
    child.stderr.on('data', chunk => {
      stderr += chunk;
      if (asked || !until?.(stderr)) return;
      asked = true;
      child.kill('SIGINT');
    });
    child.on('close', status => resolve({ status, stdout, stderr }));
  });
