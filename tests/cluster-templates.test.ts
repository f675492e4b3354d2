import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { commands } from '../packages/cli/src/commands.js';
import { files, read } from './workspace.js';

const templates = files('examples/cluster/*').filter(file => !file.endsWith('.md'));

/** Calls of `charter` in a template or a page: the command and its flags. */
const calls = (text: string): { command: string; flags: string[] }[] =>
  [
    ...text
      .replace(/\\\n/g, ' ')
      .matchAll(/charter ((?:launch[^\n]* -- )?[a-z][a-z-]*)((?:[^\n&;|]|\n\s+--)*)/g),
  ].flatMap(([, name, rest]) => {
    const command = name!.split(' ').at(-1)!;
    const flags = [...rest!.matchAll(/(?<=\s)--([a-z][a-z-]*)/g)].map(([, flag]) => flag!);
    return command in commands ? [{ command, flags }] : [];
  });

describe('templates of examples/cluster, and docs/cluster.md', () => {
  test.each([...templates.filter(file => /sbatch|yaml/.test(file)), 'docs/cluster.md'])(
    '%s has commands and flags that exist',
    async file => {
      // A manifest lists its arguments one by one.
      const text = read(file)
        .replace(/\n\s+- (?=charter|sft|--)/g, ' ')
        .replace(/\n\s+args:/g, ' ');
      const found = calls(text);
      expect(found.length).toBeGreaterThan(0);
      for (const { command, flags } of found) {
        const known = Object.keys((await commands[command]!.load()).options.shape);
        expect(known, `charter ${command} in ${file}`).toEqual(expect.arrayContaining(flags));
      }
    },
  );

  test.each(templates.filter(file => file.endsWith('.yaml')))('%s is YAML', file => {
    for (const document of parseAllDocuments(read(file))) expect(document.errors).toEqual([]);
  });
});
