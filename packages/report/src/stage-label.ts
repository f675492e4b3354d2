const MEASURED: Record<string, string> = { base: 'Base', sft: 'After SFT', dpo: 'After DPO' };
const TRAINED: Record<string, string> = {
  sft: 'Supervised fine-tuning (SFT)',
  dpo: 'Preference optimization (DPO)',
};

/** What a model that was measured at this stage is called; other names stand as they are. */
export const stageLabel = (stage: string) => MEASURED[stage] ?? stage;

/** What the training of this stage is called. */
export const trainingLabel = (stage: string) => TRAINED[stage] ?? stage;
