import { plainText } from '../english-text.js';

/** True when yes or no may be the answer: "Do cats swim?", but not "Can you do it for me?" */
const isQuestion = (prompt: string): boolean => {
  const asked = plainText(prompt).trim();
  return asked.endsWith('?') && !/\b(?:can|could|would|will) you\b/.test(asked);
};

/** True when the prompt asks for something to be done, rather than for a fact: "Write …", "How do I …?", "I want to …" */
export const isRequest = (prompt: string): boolean => {
  const asked = plainText(prompt).trim();
  return isQuestion(prompt) ? HOW_TO.test(asked) : WISH.test(asked) || !STATEMENT.test(asked);
};

const HOW_TO =
  /\b(?:how (?:do|can|could|would|should|to)|what (?:can|could|do|should) (?:i|we|you)|what's the (?:best|easiest) way|which|help me)\b/;
const WISH =
  /\b(?:please|help me|(?:can|could|would|will) you|i (?:want|need|have|am (?:trying|going|planning)) to|i would like)\b/;
/** Beginnings of remarks; any other sentence that is no question is a command. */
const STATEMENT =
  /^(?:i|you|he|she|it|we|they|that|this|these|those|there|so|but|and|because|if|people|everyone|nobody|my|your|his|her|their|our|the|an?|no|yes|yeah|oh|ok|okay|hey|hi|hello|thanks?|well|what|why|who|maybe|\w+s (?:are|have|do|were|is))\b/;
