/** Flags of training options whose name is not just TRL's with dashes. */
export const trainingFlags = {
  max_steps: 'steps',
  num_train_epochs: 'epochs',
  per_device_train_batch_size: 'batch-size',
  gradient_accumulation_steps: 'grad-accum',
  lr_scheduler_type: 'schedule',
  loss_type: 'loss',
} as const;

/** The same of PEFT's options of an adapter. */
export const loraFlags = {
  lora_alpha: 'alpha',
  lora_dropout: 'dropout',
  target_modules: 'target',
  use_rslora: 'rslora',
  use_dora: 'dora',
} as const;
