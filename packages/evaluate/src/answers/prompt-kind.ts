/** Kinds of evaluation prompts: they measure compliance, helpfulness, and refusals of prompts that only sound harmful. */
export const promptKinds = ['harmful', 'helpful', 'borderline'] as const;
export type PromptKind = (typeof promptKinds)[number];
