import { dpoOptionsSchema } from '@charter/dpo';
import { loraConfigSchema } from '@charter/lora';
import { sftOptionsSchema } from '@charter/sft';
import { trainingOptionsSchema } from '@charter/trainer';
import { describe, expect, it } from 'vitest';

/** Of transformers 5.23's `TrainingArguments`, where TRL's configurations keep it. */
const transformers = {
  lr_scheduler_type: 'linear',
  warmup_steps: 0,
  num_train_epochs: 3,
  max_steps: -1,
  per_device_train_batch_size: 8,
  gradient_accumulation_steps: 1,
  weight_decay: 0,
  adam_beta1: 0.9,
  adam_beta2: 0.999,
  adam_epsilon: 1e-8,
  max_grad_norm: 1,
  seed: 42,
};

describe('defaults', () => {
  it('of training are those of transformers, but for logging_steps and save_steps, where TRL has 10 and 500', () => {
    const ours = trainingOptionsSchema.parse({ learning_rate: 1 });
    expect(ours).toMatchObject(transformers);
    expect(ours).toMatchObject({ logging_steps: 1, save_steps: 50 });
  });

  it('of SFT are those of TRL, but for packing and a learning_rate for LoRA, where TRL has 2e-5', () => {
    const ours = sftOptionsSchema.parse({});
    expect(ours).toMatchObject({ max_length: 1024, assistant_only_loss: false, loss_type: 'nll' });
    expect(ours.completion_only_loss).toBeUndefined();
    expect(ours).toMatchObject({ learning_rate: 2e-4, packing: true });
  });

  it('of DPO are those of TRL, but for packing and a learning_rate for LoRA, where TRL has 1e-6', () => {
    const ours = dpoOptionsSchema.parse({});
    expect(ours).toMatchObject({
      max_length: 1024,
      loss_type: ['sigmoid'],
      beta: 0.1,
      label_smoothing: 0,
      f_divergence_type: 'reverse_kl',
      f_alpha_divergence_coef: 0.5,
      discopop_tau: 0.05,
    });
    expect([ours.loss_weights, ours.ld_alpha]).toEqual([undefined, undefined]);
    expect(ours).toMatchObject({ learning_rate: 5e-6, packing: true });
  });

  it('of LoRA are those of PEFT', () => {
    expect(loraConfigSchema.parse({})).toMatchObject({
      r: 8,
      lora_alpha: 8,
      lora_dropout: 0,
      target_modules: null,
      exclude_modules: null,
      use_rslora: false,
      use_dora: false,
      modules_to_save: null,
      init_lora_weights: true,
      layers_to_transform: null,
      layers_pattern: null,
      rank_pattern: {},
      alpha_pattern: {},
    });
  });
});
