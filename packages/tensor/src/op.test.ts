import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';

test('an editor shows names for the arguments of each operation', () => {
  const index = fileURLToPath(new URL('ops/index.ts', import.meta.url));
  const program = ts.createProgram([index], {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    customConditions: ['@charter/source'],
    types: [],
  });
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(index)!;
  const signatures = new Map(
    checker.getExportsOfModule(checker.getSymbolAtLocation(file)!).flatMap(symbol =>
      checker
        .getTypeOfSymbolAtLocation(symbol, file)
        .getCallSignatures()
        .map(signature => [symbol.name, checker.signatureToString(signature)]),
    ),
  );
  expect(signatures.get('matmul')).toBe('(a: Value, b: Value): Value');
  expect(signatures.get('sum')).toBe('(x: Value, attrs: ReduceAttrs): Value');
  const unnamed = [...signatures].filter(([, signature]) => /\barg(s)?_\d/.test(signature));
  expect(unnamed).toEqual([]);
});
