/**
 * Shows that a change changes no number: runs `npm start` (seed 0) at each commit given, in a clone of its own, and
 * compares the bytes of the adapters. Exit code 1 when they differ.
 *
 *   node scripts/same-adapter.mjs main~3 HEAD
 *   node scripts/same-adapter.mjs $(git rev-list --reverse main..HEAD)
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, runCommand } from './run-command.mjs';

const commits = process.argv.slice(2);
if (commits.length < 2) {
  console.error('Name two commits or more, the first as the one to compare with.');
  process.exit(2);
}

const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();

/** sha256 of `sft/adapter_model.safetensors` and `dpo/adapter_model.safetensors`. */
const adaptersOf = async commit => {
  const work = mkdtempSync(join(tmpdir(), 'charter-same-adapter-'));
  const [clone, out] = [join(work, 'clone'), join(work, 'out')];
  try {
    git('clone', '--quiet', '--no-checkout', root, clone);
    git('-C', clone, 'checkout', '--quiet', git('rev-parse', commit));
    const { code, output } = await runCommand('npm', ['start', '--', '--seed', '0', '--out', out], {
      quiet: true,
      cwd: clone,
    });
    if (code !== 0) throw new Error(`npm start failed at ${commit} (exit ${code}):\n${output}`);
    return ['sft', 'dpo'].map(stage => {
      const bytes = readFileSync(join(out, stage, 'adapter_model.safetensors'));
      return `${stage} ${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}`;
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

let first;
let different = 0;
for (const commit of commits) {
  const adapters = (await adaptersOf(commit)).join('  ');
  first ??= adapters;
  const same = adapters === first;
  if (!same) different++;
  console.log(
    `${same ? 'same     ' : 'DIFFERENT'} ${git('log', '-1', '--format=%h', commit)}  ${adapters}  ${git('log', '-1', '--format=%s', commit)}`,
  );
}
process.exitCode = different > 0 ? 1 : 0;
