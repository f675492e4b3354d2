/**
 * Runs in a package's folder before it is packed: refuses when it is not built, and turns the README's relative links,
 * which lead nowhere outside the repository, into absolute ones. `--undo` puts the README back, after packing.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { argv, cwd, exit } from 'node:process';
import { repository } from './package-metadata.mjs';

const folder = basename(cwd());
const kept = '.README.md.unpacked';

/** @param {string} markdown of packages/`folder`/README.md */
const withAbsoluteLinks = markdown =>
  markdown.replace(/\]\((?!https?:|#|mailto:)([^)\s]+)\)/g, (_, target) => {
    const { pathname, hash } = new URL(target, `file:///packages/${folder}/`);
    const isImage = /\.(png|svg)$/.test(pathname);
    return `](${repository}/${isImage ? 'raw' : 'tree'}/main${pathname}${hash})`;
  });

if (argv.includes('--undo')) {
  if (existsSync(kept)) renameSync(kept, 'README.md');
  exit(0);
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const targets = JSON.stringify([manifest.publishConfig?.exports ?? manifest.exports, manifest.bin ?? {}]);
const missing = [...targets.matchAll(/"(\.\/dist\/[^"*]+)"/g)]
  .map(([, file]) => file)
  .filter(file => !existsSync(file));
if (missing.length > 0) {
  console.error(`${manifest.name} is not built: ${missing[0]} is missing. Run \`pnpm build\` first.`);
  exit(1);
}
// What an interrupted packing left is taken for the original, unless somebody has edited the README since.
const now = readFileSync('README.md', 'utf8');
const before = existsSync(kept) ? readFileSync(kept, 'utf8') : now;
const original = now === withAbsoluteLinks(before) ? before : now;
writeFileSync(kept, original);
writeFileSync('README.md', withAbsoluteLinks(original));
