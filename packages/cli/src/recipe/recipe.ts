import { z } from 'zod';
import { recipeBase } from './recipe-base.js';
import { stageSettings } from './stages.js';

/** A recipe of `charter run`, as a YAML file. Settings of a stage have the names of the package behind it. */
export const recipeSchema = z
  .strictObject({ ...recipeBase, ...stageSettings })
  .superRefine(({ sft, dpo, evaluate, robustness }, { addIssue }) => {
    const issue = (path: string[], message: string) => addIssue({ code: 'custom', path, message });
    const { harmful, helpful, borderline, variants } = evaluate;
    if ((variants || robustness) && !harmful && !helpful && !borderline) {
      issue(
        variants ? ['evaluate', 'variants'] : ['robustness'],
        'there are no prompts to measure by: add harmful, helpful or borderline to evaluate',
      );
    }
    if (!sft && !dpo) issue(['dpo'], 'sft and dpo are both false, so nothing would be trained');
    if (sft && dpo && Object.keys(dpo.lora).length > 0) {
      issue(['dpo', 'lora'], 'DPO continues the adapter of SFT, whose shape is set by sft.lora');
    }
  });

export type Recipe = z.output<typeof recipeSchema>;
