import { readFileSync } from 'node:fs';
import { adaptableModules, parseModelConfig } from '@charter/models';
import { describe, expect, it } from 'vitest';
import { loraConfigSchema } from './lora-config.js';
import { loraTargets } from './lora-targets.js';

// Choice of PEFT 0.21 in the same model; see ../golden/make_targets.py.
const golden = JSON.parse(readFileSync(new URL('../golden/targets.json', import.meta.url), 'utf8')) as {
  model: object;
  cases: { name: string; options: object; targets: [string, number, number][] }[];
};
const modules = adaptableModules(parseModelConfig(golden.model));
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

it('fully trained modules follow, each with the sizes of its weight', () => {
  const targets = targetsOf({ target_modules: ['q_proj'], modules_to_save: ['lm_head', 'embed_tokens'] });
  const [head] = modules.filter(({ kind }) => kind === 'lm_head');
  const { in_features, out_features } = head!;
  const trained = { weight: [out_features, in_features] };
  expect(targets.slice(-2)).toEqual(
    ['model.embed_tokens', 'lm_head'].map(name => ({
      name,
      kind: 'full',
      r: 0,
      scaling: 0,
      in_features,
      out_features,
      trained,
    })),
  );
  expect(targets.filter(({ kind }) => kind === 'full')).toHaveLength(2);
});

it('fully trained modules are found by the ends of their names and by modules around them, and get no adapter', () => {
  const whole = (modules_to_save: string[]) =>
    targetsOf({ target_modules: 'all-linear', modules_to_save })
      .filter(({ kind }) => kind === 'full')
      .map(({ name }) => name);
  const first = [
    'model.layers.0.mlp.gate_proj',
    'model.layers.0.mlp.up_proj',
    'model.layers.0.mlp.down_proj',
  ];
  expect(whole(['layers.0.mlp'])).toEqual(first);
  expect(whole(['model.norm'])).toEqual(['model.norm']);
  expect(whole(['norm']).filter(name => name.endsWith('layernorm')).length).toBeGreaterThan(1);
  const adapted = targetsOf({ target_modules: 'all-linear', modules_to_save: ['mlp'] }).filter(
    ({ kind }) => kind === undefined,
  );
  expect(adapted.some(({ name }) => name.includes('mlp'))).toBe(false);
  expect(adapted.length).toBeGreaterThan(0);
});

describe('targets that make no sense are refused', () => {
  it('modules to be fully trained that are not there, or have an adapter too', () => {
    expect(() => targetsOf({ target_modules: ['q_proj'], modules_to_save: ['score', 'lm_head'] })).toThrow(
      /^modules_to_save: "score" matches no module\. The model has:\n {2}model\.embed_tokens\n(.*\n)* {2}model\.norm$/,
    );
    expect(() => targetsOf({ target_modules: ['q_proj'], modules_to_save: ['_proj'] })).toThrow(
      'modules_to_save: model.layers.0.self_attn.q_proj is among target_modules too; it gets an adapter, or is fully trained.',
    );
    // To PEFT too, a module in modules_to_save is no target.
    expect(() => targetsOf({ target_modules: ['lm_head'], modules_to_save: ['lm_head'] })).toThrow(
      'target_modules: ["lm_head"] matches no module',
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
      'target_modules: model.embed_tokens is matched, but only linear layers can have an adapter. Train it fully with modules_to_save.',
    );
  });

  it('no names for an architecture without a default', () => {
    expect(() => loraTargets(loraConfigSchema.parse({}), modules, 'gpt9')).toThrow(
      'target_modules: there is no default for model_type "gpt9"; name them.',
    );
  });
});
