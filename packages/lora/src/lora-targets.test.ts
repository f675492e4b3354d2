import { readFileSync } from 'node:fs';
import { linearModules, parseModelConfig } from '@charter/models';
import { describe, expect, it } from 'vitest';
import { loraConfigSchema } from './lora-config.js';
import { loraTargets } from './lora-targets.js';

// What PEFT 0.21 chose in the same model; see golden/make_targets.py.
const golden = JSON.parse(readFileSync(new URL('golden/targets.json', import.meta.url), 'utf8')) as {
  model: object;
  cases: { name: string; options: object; targets: [string, number, number][] }[];
};
const modules = linearModules(parseModelConfig(golden.model));
const targetsOf = (options: object) => loraTargets(loraConfigSchema.parse(options), modules, 'llama');

describe('the modules that get an adapter, their rank and scaling are those of PEFT', () => {
  it.each(golden.cases)('$name', ({ options, targets }) => {
    expect(targetsOf(options).map(({ name, r, scaling }) => [name, r, scaling])).toEqual(targets);
  });
});

it('sizes are those of the module', () => {
  const [down] = targetsOf({ target_modules: ['layers.0.mlp.down_proj'] });
  expect(down).toMatchObject({ in_features: 12, out_features: 8 });
});

it('modules trained whole follow, each with the sizes of its weight', () => {
  const targets = targetsOf({ target_modules: ['q_proj'], modules_to_save: ['lm_head', 'embed_tokens'] });
  const [head] = modules.filter(({ kind }) => kind === 'lm_head');
  expect(targets.slice(-2)).toEqual(
    ['model.embed_tokens', 'lm_head'].map(name => ({
      name,
      kind: 'full',
      r: 0,
      scaling: 0,
      in_features: head!.in_features,
      out_features: head!.out_features,
    })),
  );
  expect(targets.filter(({ kind }) => kind === 'full')).toHaveLength(2);
});

describe('targets that make no sense are refused', () => {
  it('modules to be trained whole that cannot be, or that have an adapter too', () => {
    expect(() => targetsOf({ target_modules: ['q_proj'], modules_to_save: ['norm', 'lm_head'] })).toThrow(
      'modules_to_save: "norm" cannot be trained whole here; only lm_head and embed_tokens can.',
    );
    expect(() => targetsOf({ target_modules: ['lm_head'], modules_to_save: ['lm_head'] })).toThrow(
      'modules_to_save: lm_head is among target_modules too; it gets an adapter, or is trained whole.',
    );
  });

  it('nothing matches: all linear layers are named', () => {
    expect(() => targetsOf({ target_modules: ['query'], layers_to_transform: [1] })).toThrow(
      /^target_modules: \["query"\] matches no module in layers \[1\]\. The model's linear layers are:(\n {2}\S+_proj){84}\n {2}lm_head$/,
    );
    expect(() => targetsOf({ target_modules: ['q_proj'], exclude_modules: ['q_proj'] })).toThrow(
      'target_modules: ["q_proj"] matches no module that is not excluded.',
    );
  });

  it('the embedding table', () => {
    expect(() => targetsOf({ target_modules: ['q_proj', 'embed_tokens'] })).toThrow(
      'target_modules: model.embed_tokens is matched, but only linear layers can have an adapter. Train it whole with modules_to_save.',
    );
  });

  it('no names for an architecture without a default', () => {
    expect(() => loraTargets(loraConfigSchema.parse({}), modules, 'gpt9')).toThrow(
      'target_modules: there is no default for model_type "gpt9"; name them.',
    );
  });
});
