/** Longest text of a client's that an error or a line of a log repeats. */
const LONGEST_QUOTE = 500;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal obeys.
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** A client's text without what a terminal would obey: control and direction characters are written as `\u001b`. */
export const printable = (text: string): string => {
  const short = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
  return short.replace(UNPRINTABLE, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
};
