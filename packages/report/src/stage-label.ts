const MEASURED: Record<string, string> = { base: 'Base', sft: 'After SFT', dpo: 'After DPO' };
const TRAINED: Record<string, string> = {
  sft: 'Supervised fine-tuning (SFT)',
  dpo: 'Preference optimization (DPO)',
};

/** Label of a model that was measured at this stage; other names stand as they are. */
export const stageLabel = (stage: string) => MEASURED[stage] ?? stage;

/** Label of this stage's training. */
export const trainingLabel = (stage: string) => TRAINED[stage] ?? stage;
