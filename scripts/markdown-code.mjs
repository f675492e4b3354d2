/**
 * The ```ts blocks of a Markdown file that are not marked `ignore`, each with the output that the page promises: the
 * next fence under the same heading, when it is plain, `text` or `md`. `…` in it stands for anything.
 *
 * @param {string} markdown
 */
export const blocksIn = markdown => {
  const parts = [...markdown.matchAll(/^```(.*)\n([\s\S]*?)^```$|^#+ .*$/gm)];
  return parts.flatMap((part, i) => {
    if (part[1] !== 'ts') return [];
    const next = parts[i + 1];
    const promised = next && ['', 'text', 'md'].includes(next[1] ?? 'a heading');
    const line = markdown.slice(0, part.index).split('\n').length;
    return [{ line, code: part[2], output: promised ? next[2] : undefined }];
  });
};

/** Output without the spaces at ends of lines. @param {string} text */
export const tidy = text => text.replace(/[ \t]+$/gm, '').trim();

/** True when a program printed what its page promises. @param {string} printed @param {string} promised */
export const isPromised = (printed, promised) =>
  new RegExp(
    `^${tidy(promised)
      .split('…')
      .map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^]*')}$`,
  ).test(tidy(printed));
