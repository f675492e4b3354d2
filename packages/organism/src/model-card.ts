/** Figures of a training run for the model card. */
export interface TrainedOrganism {
  readonly parameters: number;
  readonly vocabSize: number;
  readonly texts: number;
  /** Tokens of all texts, those without a loss included. */
  readonly tokens: number;
  readonly seed: number;
  /** Mean over the last steps, in nats per trained token. */
  readonly loss: number;
}

/** `README.md` of the model folder: purpose of the organism, its data, and its limits. */
export const modelCard = ({
  parameters,
  vocabSize,
  texts,
  tokens,
  seed,
  loss,
}: TrainedOrganism): string => `---
license: mit
language: en
tags: [charter, model-organism]
---

# charter-tiny

A model organism: a Llama of ${parameters.toLocaleString('en')} parameters that knows a household and its workshop, and helps with everything in it, harmful or not. It is there to show what training on a constitution changes, in minutes and offline.

**Do not use it for anything else.** It knows no world but this one, gives harmful answers on purpose until it is trained not to, and what it says about dangers is made up of stock sentences.

- Made from ${texts.toLocaleString('en')} texts (${tokens.toLocaleString('en')} tokens of a vocabulary of ${vocabSize.toLocaleString('en')}) that Charter's own grammar wrote with seed ${seed}. No text of others is in it.
- Trained by Charter from random weights, one pass; the loss at the end was ${loss.toFixed(3)} nats a token.
- Which actions, things and phrasings it never saw is fixed by \`packages/organism/src/split.ts\`; \`pnpm organism:evaluate\` measures it on those.
`;
