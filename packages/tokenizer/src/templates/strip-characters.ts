/** A node of a parsed template; `@huggingface/jinja` does not export its classes. */
interface Node {
  type?: string;
  [field: string]: unknown;
}

const METHODS: Readonly<Record<string, { start: boolean; end: boolean }>> = {
  strip: { start: true, end: true },
  lstrip: { start: true, end: false },
  rstrip: { start: false, end: true },
};

/** Python's `str.strip(characters)` and its two halves, under the names that `callStripFunctions` calls them by. */
export const stripFunctions: Readonly<Record<string, (text: unknown, characters: unknown) => string>> =
  Object.fromEntries(
    Object.entries(METHODS).map(([method, ends]) => [
      `charter_${method}`,
      (text: unknown, characters: unknown) => stripCharacters(text, characters, ends),
    ]),
  );

/**
 * Turns `text.lstrip('\n')` into a call of `charter_lstrip(text, '\n')`: `@huggingface/jinja` ignores the argument and
 * takes all white space, which changes what Qwen3's template writes of an answer that starts with a space.
 *
 * @param node a parsed template, changed in place
 */
export const callStripFunctions = (node: unknown): void => {
  if (typeof node !== 'object' || node === null) return;
  const call = node as Node;
  if (call.type === 'CallExpression') {
    const callee = call.callee as Node;
    const method = (callee.property as Node | undefined)?.value;
    const args = call.args as unknown[];
    if (callee.type === 'MemberExpression' && callee.computed === false && args.length === 1) {
      if (typeof method === 'string' && method in METHODS) {
        call.callee = { type: 'Identifier', value: `charter_${method}` };
        call.args = [callee.object, ...args];
      }
    }
  }
  for (const child of Object.values(call)) callStripFunctions(child);
};

const stripCharacters = (
  text: unknown,
  characters: unknown,
  ends: { start: boolean; end: boolean },
): string => {
  if (typeof text !== 'string') throw new Error(`only text can be stripped, not ${JSON.stringify(text)}`);
  if (typeof characters !== 'string')
    throw new Error(`text is stripped of characters, not of ${JSON.stringify(characters)}`);
  const stripped = new Set(characters);
  const letters = [...text];
  let [first, last] = [0, letters.length];
  while (ends.start && first < last && stripped.has(letters[first]!)) first += 1;
  while (ends.end && last > first && stripped.has(letters[last - 1]!)) last -= 1;
  return letters.slice(first, last).join('');
};
