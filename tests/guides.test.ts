import { dirname, join } from 'node:path/posix';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { files, read, root } from './workspace.js';

// What guides and READMEs name exists, and their TypeScript is TypeScript.

const pages = files(
  '*.md',
  'docs/**/*.md',
  'packages/*/README.md',
  'examples/**/README.md',
  'bench/*.md',
  'fixtures/*.md',
);
const guides = files('docs/contributing/*.md', 'docs/architecture.md', 'CONTRIBUTING.md');

/** Code in backticks outside of fences. */
const inlineCode = (markdown: string): string[] =>
  [...markdown.replace(/^( *)```[\s\S]*?^\1```$/gm, '').matchAll(/`([^`\n]+)`/g)].map(match => match[1]!);

test('every path that a page names exists', () => {
  const missing = pages.flatMap(page =>
    inlineCode(read(page))
      .filter(code =>
        /^(packages|docs|tests|fixtures|examples|bench|scripts|src|golden)\/[\w./@-]+$/.test(code),
      )
      .filter(code => !/[<*…]/.test(code))
      .filter(code => {
        const path = code.replace(/\/$/, '');
        const places = /^(src|golden)\//.test(path)
          ? [join(dirname(page), path)]
          : [path, join(dirname(page), path)];
        return places.every(place => files(place, `${place}/**`).length === 0);
      })
      .map(code => `${page}: ${code}`),
  );
  expect(missing).toEqual([]);
});

test('every symbol that a guide names stands in the sources', () => {
  const sources = files(
    'packages/**/*.ts',
    'tests/**/*.ts',
    'scripts/**/*.mjs',
    'fixtures/**/*.py',
    'docs/**/*.ts',
  );
  const words = new Set(sources.flatMap(file => read(file).match(/[A-Za-z_$][\w$]*/g) ?? []));
  const unknown = guides.flatMap(page =>
    inlineCode(read(page))
      .map(code => /^([A-Za-z_$][\w$]*)(\(.*\))?$/.exec(code)?.[1])
      .filter(name => name !== undefined && /[a-z][A-Z]|_/.test(name) && !words.has(name))
      .map(name => `${page}: ${name}`),
  );
  expect(unknown).toEqual([]);
});

describe('TypeScript in Markdown', () => {
  const blocks = pages.flatMap(page =>
    [...read(page).matchAll(/^( *)```ts(.*)\n([\s\S]*?)^\1```$/gm)].map(match => ({
      page,
      line: read(page).slice(0, match.index).split('\n').length,
      mark: match[2]!.trim(),
      code: match[3]!.replaceAll(new RegExp(`^${match[1]}`, 'gm'), ''),
    })),
  );

  test('is never marked as something that nobody checks', () => {
    expect(
      blocks
        .filter(({ mark }) => !['', 'types-only'].includes(mark))
        .map(({ page, line, mark }) => `${page}:${line}: ${mark}`),
    ).toEqual([]);
  });

  test('has no type errors', { timeout: 120_000 }, () => {
    const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
    const parsed = ts.parseJsonConfigFileContent(config, ts.sys, root);
    // Strict, as most projects of users are; `noUncheckedIndexedAccess` few of them have.
    const options = { ...parsed.options, noUncheckedIndexedAccess: false };
    // As if each block were a file in the repository's root.
    const texts = new Map(
      blocks.map(({ code }, i) => [`${root}markdown-block-${i}.mts`, `${code}\nexport {};\n`]),
    );
    const host = ts.createCompilerHost({ ...options, noEmit: true });
    const { getSourceFile, fileExists, readFile } = host;
    host.fileExists = file => texts.has(file) || fileExists(file);
    host.readFile = file => texts.get(file) ?? readFile(file);
    host.getSourceFile = (file, ...rest) => {
      const text = texts.get(file);
      return text === undefined
        ? getSourceFile(file, ...rest)
        : ts.createSourceFile(file, text, ts.ScriptTarget.ES2022);
    };
    const program = ts.createProgram([...texts.keys()], { ...options, noEmit: true }, host);
    const errors = [...texts.keys()].flatMap((file, i) => {
      const source = program.getSourceFile(file)!;
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
        problem => {
          const at = source.getLineAndCharacterOfPosition(problem.start ?? 0).line;
          const { page, line } = blocks[i]!;
          return `${page}:${line + 1 + at}: ${ts.flattenDiagnosticMessageText(problem.messageText, ' ')}`;
        },
      );
    });
    expect(errors).toEqual([]);
  });
});
