import { parseLoraConfig } from '@charter/lora';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loraConfig, loraOptions } from './training-options.js';

const read = (flags: object) => loraConfig(z.object(loraOptions).parse(flags));

describe('the shape of an adapter', () => {
  it('has PEFT’s names, and only what was given', () => {
    expect(read({})).toEqual({});
    const config = read({
      rank: 4,
      dora: true,
      target: 'q_proj,k_proj,v_proj',
      'exclude-modules': 'k_proj',
      'layers-to-transform': '0,2',
      'modules-to-save': 'lm_head,embed_tokens',
    });
    expect(config).toEqual({
      r: 4,
      use_dora: true,
      target_modules: ['q_proj', 'k_proj', 'v_proj'],
      exclude_modules: ['k_proj'],
      layers_to_transform: [0, 2],
      modules_to_save: ['lm_head', 'embed_tokens'],
    });
    expect(parseLoraConfig(config)).toMatchObject(config);
  });

  it('takes patterns for modules, and numbers for layers', () => {
    expect(read({ target: 'all-linear', 'exclude-modules': '.*\\.(up|down)_proj' })).toEqual({
      target_modules: 'all-linear',
      exclude_modules: '.*\\.(up|down)_proj',
    });
    expect(() => read({ 'layers-to-transform': 'last' })).toThrow('must be comma-separated numbers');
  });
});
