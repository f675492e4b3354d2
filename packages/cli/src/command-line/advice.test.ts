import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../commands.js';
import { withFlags } from './advice.js';

const packages = fileURLToPath(new URL('../../../', import.meta.url));

/** Lines of the packages' sources that hold texts, tests aside, with their files. */
const texts = readdirSync(packages).flatMap(name =>
  readdirSync(join(packages, name, 'src'), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(file))
    .flatMap(file =>
      readFileSync(join(packages, name, 'src', file), 'utf8')
        .split('\n')
        .filter(line => !/^\s*(\/?\*|\/\/)/.test(line) && /['"`]/.test(line))
        .map(line => ({ file: `${name}/src/${file}`, line: line.replace(/\$\{[^}]*\}/g, 'X') })),
    ),
);

let flagsOf: Record<string, string[]>;
beforeAll(async () => {
  flagsOf = {};
  for (const [name, { load }] of Object.entries(commands)) {
    flagsOf[name] = [...Object.keys((await load()).options.shape), 'config', 'help', 'version'];
  }
});

describe('advice of messages', () => {
  it('names only flags that exist', () => {
    const known = new Set(Object.values(flagsOf).flat());
    const named = texts.flatMap(({ file, line }) =>
      [...line.matchAll(/(?<![\w-])--(?:no-)?([a-z][a-z-]*[a-z])/g)].map(([, flag]) => ({
        file,
        flag: flag!,
      })),
    );
    expect(named.length).toBeGreaterThan(80);
    // Flags of other programs, and variables of style sheets.
    const foreign =
      /^(checkpoint|runtime-(onnx|gpu)|organism|core|report)\/|inspect-page|option-flags|launch-line|open-mpi|load-lora-adapter|queue\/src\/redis|commands.work\.|commands.export\.|choice-forms/;
    const unknown = named.filter(({ file, flag }) => !known.has(flag) && !foreign.test(file));
    expect(unknown).toEqual([]);
  });

  it('on the command line names no option as code does', () => {
    // `(onBadRow)` and the like: an option of a function in parentheses.
    const coded = /[\w.] \((onBadRow|roleMap|columns|chat_template|format)\)|choose an adapter|Pass format/;
    const advice = texts.filter(({ file, line }) => coded.test(line) && !file.startsWith('cli/'));
    expect(advice.length).toBeGreaterThan(4);
    for (const { file, line } of advice) {
      for (const [command, flags] of Object.entries(flagsOf)) {
        expect(withFlags(line, flags), `${command}: ${file}`).not.toMatch(coded);
        // What is advised instead, this command has.
        const added = [...withFlags(line, flags).matchAll(/--([a-z-]+)/g)].map(([, flag]) => flag);
        expect(flags, `${command}: ${file}`).toEqual(expect.arrayContaining(added));
      }
    }
  });

  it('calls an option by the flag of the command at hand, and by its own name where that has none', () => {
    const message =
      'max_length 4 is shorter than every prompt; raise it, or lower gradient_accumulation_steps.';
    expect(withFlags(message, flagsOf.sft!)).toBe(
      '--max-length 4 is shorter than every prompt; raise it, or lower --grad-accum.',
    );
    expect(withFlags(message, flagsOf.run!)).toBe(message);
  });

  it('leaves names of files and of their keys as they are', () => {
    for (const message of [
      'put a chat_template.jinja beside it.',
      'a/adapter_config.json: target_modules is missing.',
      'rows.jsonl:3: eos_token is unknown.',
    ]) {
      expect(withFlags(message, flagsOf.sft!)).toBe(message);
    }
  });
});
