import type { LoraConfig } from '../config/lora-config.js';
import type { LoraTarget } from '../config/lora-targets.js';
import { vllmMaxLoraRank, vllmProblems } from './vllm-rules.js';

/** `README.md` of an adapter: the header that hubs read, what the adapter is, and how it is loaded. */
export const modelCard = (
  config: LoraConfig,
  everything: readonly LoraTarget[],
  baseModel: string,
): string => {
  const targets = everything.filter(({ kind }) => kind !== 'full');
  const whole = everything.filter(({ kind }) => kind === 'full').map(({ name }) => name);
  const ranks = [...new Set(targets.map(({ r }) => r))].sort((a, b) => a - b);
  const kinds = [...new Set(targets.map(({ name }) => name.slice(name.lastIndexOf('.') + 1)))];
  const dropout = config.lora_dropout > 0 ? `, dropout ${config.lora_dropout}` : '';
  const isLanguageModel = config.task_type === 'CAUSAL_LM';
  return `---
base_model: ${JSON.stringify(baseModel)}
library_name: peft${isLanguageModel ? '\npipeline_tag: text-generation' : ''}
tags:
  - lora
  - charter
---

# LoRA adapter for ${lastPart(baseModel)}

Trained with Charter. ${targets.length} linear layers (${kinds.join(', ')}) have an adapter of rank ${ranks.join(', ')}; alpha ${config.lora_alpha}${config.use_rslora ? ', rank-stabilized' : ''}${config.use_dora ? ', with magnitudes (DoRA)' : ''}${dropout}.${whole.length ? ` Fully trained: ${whole.join(', ')}.` : ''}

${isLanguageModel ? howToRun(config, everything, baseModel) : IN_PEFT}`;
};

const IN_PEFT = `## In Python

\`\`\`python
from peft import PeftModel

model = PeftModel.from_pretrained(base, "path/to/this/folder")  # base: a module whose layers have the same names
\`\`\`
`;

const howToRun = (config: LoraConfig, targets: readonly LoraTarget[], baseModel: string): string => {
  const base = JSON.stringify(baseModel);
  const problems = vllmProblems(config, targets);
  const vllm =
    problems.length > 0
      ? `vLLM does not serve this adapter: ${problems.join(', and ')}. Merge it, and serve the merged model:

\`\`\`sh
charter merge --model ${base} --adapter path/to/this/folder --out merged
\`\`\``
      : `\`\`\`sh
vllm serve ${base} --enable-lora --max-lora-rank ${vllmMaxLoraRank(targets)} --lora-modules tuned=path/to/this/folder
\`\`\``;
  return `## In Python

\`\`\`python
from peft import PeftModel
from transformers import AutoModelForCausalLM

base = AutoModelForCausalLM.from_pretrained(${base})
model = PeftModel.from_pretrained(base, "path/to/this/folder")
\`\`\`

## With Charter

\`\`\`sh
charter chat --model ${base} --adapter path/to/this/folder
\`\`\`

## With vLLM

${vllm}
`;
};

/** The last part of an id or a path. */
const lastPart = (path: string): string => /[^/\\]*(?=[/\\]*$)/.exec(path)![0];
