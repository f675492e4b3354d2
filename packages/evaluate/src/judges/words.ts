/** The words of a text in lower case, without punctuation. */
export const words = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}\p{M}']+/gu) ?? [];
