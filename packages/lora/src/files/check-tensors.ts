import { LoraError, listed } from '../errors.js';
import type { LoraParameter } from '../linear/lora-parameters.js';

/**
 * Compares tensors with the parameters that an adapter must have.
 *
 * @param where the file or argument that the tensors come from
 * @param advice what to do about a difference
 * @throws {LoraError} that lists every tensor that is missing, unexpected, or has another shape
 */
export const checkTensors = (
  parameters: readonly LoraParameter[],
  tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>,
  { where, advice }: { where: string; advice: string },
): void => {
  const expected = new Map(parameters.map(({ name, shape }) => [name, shape]));
  const missing = [...expected.keys()].filter(name => !tensors.has(name));
  const unexpected = [...tensors.keys()].filter(name => !expected.has(name));
  const misshapen = [...expected].filter(([name, shape]) => {
    const found = tensors.get(name);
    return found && `${found.shape}` !== `${shape}`;
  });
  const problems = [
    ...group('missing', missing),
    ...group('unexpected', unexpected),
    ...group(
      'of another shape',
      misshapen.map(([name, shape]) => `${name}: [${tensors.get(name)!.shape}] instead of [${shape}]`),
    ),
  ];
  if (problems.length === 0) return;
  throw new LoraError(`these tensors do not fit.\n${problems.join('\n')}\n${advice}`, where, [
    ...missing,
    ...unexpected,
    ...misshapen.map(([name]) => name),
  ]);
};

const group = (title: string, lines: readonly string[]): string[] =>
  lines.length ? [`${lines.length} ${title}:${listed(lines)}`] : [];
