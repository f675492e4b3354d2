export { isIncoherent } from './coherence.js';
export { editRatio } from './edit-ratio.js';
export { plainText, sentencesOf, withoutQuotations } from './english-text.js';
export { ngramOverlap, ngrams } from './ngrams.js';
export { wordsBesideRefusal } from './refusal/beside-refusal.js';
export { type Refusal, refusal } from './refusal/refusal.js';
export { isRepetitive, type Repetition, repetition } from './repetition.js';
export { words } from './words.js';
