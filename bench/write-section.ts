import { readFile, writeFile } from 'node:fs/promises';

const page = new URL('README.md', import.meta.url);

/**
 * Replaces the text of bench/README.md between `<!-- begin name -->` and `<!-- end name -->`.
 *
 * @throws when the page lacks these markers
 */
export const writeSection = async (name: string, markdown: string): Promise<void> => {
  const [begin, end] = [`<!-- begin ${name} -->\n`, `<!-- end ${name} -->`];
  const text = await readFile(page, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`bench/README.md has no lines ${begin.trim()} and ${end}.`);
  await writeFile(page, `${text.slice(0, from + begin.length)}\n${markdown.trim()}\n\n${text.slice(to)}`);
};
