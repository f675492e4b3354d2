import { describe, expect, test } from 'vitest';
import { RequestError } from '../http/request-error.js';
import { chatRequest, textRequest } from './completion-requests.js';

const messages = [{ role: 'user', content: 'Hi' }];
const chat = (fields: object) => chatRequest({ model: 'm', messages, ...fields });
const text = (fields: object) => textRequest({ model: 'm', prompt: 'Hi', ...fields });
const errorOf = (work: () => unknown): RequestError => {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(RequestError);
    return error as RequestError;
  }
  throw new Error('nothing was refused');
};

describe('values that ask for nothing', () => {
  test.each([
    { tools: null },
    { tools: [] },
    { tool_choice: 'none' },
    { tool_choice: 'auto' },
    { parallel_tool_calls: true },
    { function_call: 'none' },
    { top_k: -1 },
    { service_tier: 'auto' },
    { reasoning_effort: null },
    { response_format: { type: 'text' } },
    { modalities: ['text'] },
    { logit_bias: {} },
    { frequency_penalty: 0, presence_penalty: 0 },
    { store: false, metadata: { run: 'a' }, user: 'me', safety_identifier: 'x', prompt_cache_key: 'y' },
    { stop: null, seed: null, n: null, temperature: null, max_tokens: null, stream_options: null },
    { stream_options: { include_usage: true, include_obfuscation: false } },
    { logprobs: false, top_logprobs: 0 },
    { ignore_eos: false, skip_special_tokens: true, min_tokens: 0, stop_token_ids: [] },
    { a_field_of_tomorrow: null },
  ])('%j is taken', fields => {
    expect(chat(fields).generate.top_k ?? 0).toBe(0);
  });

  test.each([{ best_of: 1 }, { suffix: null }, { suffix: '' }, { echo: null }, { best_of: 3, n: 3 }])(
    '%j is taken by completions',
    fields => {
      expect(text(fields).prompts).toEqual(['Hi']);
    },
  );
});

describe('values that would change a text', () => {
  test.each([
    [{ tools: [{ type: 'function', function: { name: 'f' } }] }, 'tools'],
    [{ tool_choice: 'required' }, 'tool_choice'],
    [{ response_format: { type: 'json_object' } }, 'response_format.type'],
    [{ reasoning_effort: 'high' }, 'reasoning_effort'],
    [{ logit_bias: { 50: -100 } }, 'logit_bias.50'],
    [{ frequency_penalty: 0.5 }, 'frequency_penalty'],
    [{ min_tokens: 5 }, 'min_tokens'],
    [{ chat_template_kwargs: { a: 1 }, prompt_logprobs: 1 }, 'chat_template_kwargs'],
    [{ temperature: 'warm' }, 'temperature'],
  ])('%j is refused by its name', (fields, param) => {
    expect(errorOf(() => chat(fields))).toMatchObject({ status: 400, param });
  });

  test.each([
    [{ best_of: 4 }, 'best_of'],
    [{ suffix: 'end' }, 'suffix'],
  ])('%j is refused', (fields, param) => {
    expect(errorOf(() => text(fields))).toMatchObject({ status: 400, param });
  });
});

describe('messages', () => {
  test('keep their fields for the template, the arguments of calls parsed', () => {
    const call = (args: unknown) => ({
      id: 'abc123XYZ',
      type: 'function',
      function: { name: 'get_tide', arguments: args },
    });
    const { prompts } = chat({
      messages: [
        { role: 'developer', content: 'Be brief.', name: 'boss' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [call('{"harbour":"Bergen"}')],
          reasoning_content: 'Hm.',
        },
        {
          role: 'tool',
          tool_call_id: 'abc123XYZ',
          content: [
            { type: 'text', text: '14:' },
            { type: 'text', text: '05' },
          ],
        },
        { role: 'assistant', content: '', refusal: null, annotations: [] },
      ],
    });
    expect(prompts).toEqual([
      [
        { role: 'system', content: 'Be brief.', name: 'boss' },
        {
          role: 'assistant',
          content: '',
          tool_calls: [call({ harbour: 'Bergen' })],
          reasoning_content: 'Hm.',
        },
        {
          role: 'tool',
          tool_call_id: 'abc123XYZ',
          content: [
            { type: 'text', text: '14:' },
            { type: 'text', text: '05' },
          ],
        },
        { role: 'assistant', content: '', refusal: null, annotations: [] },
      ],
    ]);
  });

  test.each([
    [[], 'messages'],
    ['Hi', 'messages'],
    [[{ role: 'bot', content: 'x' }], 'messages.0.role'],
    [[{ role: 'user', content: null }], 'messages.0.content'],
    [[{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }], 'messages.0.content.0'],
    [
      [{ role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: '{' } }] }],
      'messages.0.tool_calls.0.function.arguments',
    ],
    [[null], 'messages.0'],
  ])('%j are refused at %s', (wrong, param) => {
    expect(errorOf(() => chat({ messages: wrong }))).toMatchObject({ status: 400, param });
  });
});

describe('prompts', () => {
  test('are texts or token ids, one or several', () => {
    expect(text({ prompt: ['a', 'b'] }).prompts).toEqual(['a', 'b']);
    expect(text({ prompt: [1, 2] }).prompts).toEqual([[1, 2]]);
    expect(text({ prompt: [[1], [2, 3]] }).prompts).toEqual([[1], [2, 3]]);
  });

  test.each([[[]], [[1, 'a']], [[[]]], [[1.5]], [[-1]], [{}], [7]])('%j is refused', prompt => {
    expect(errorOf(() => text({ prompt }))).toMatchObject({ status: 400, param: 'prompt' });
  });
});

describe('limits', () => {
  test('prompts × n', () => {
    const prompts = Array.from({ length: 100 }, () => 'a');
    expect(text({ prompt: prompts, n: 20 })).toMatchObject({ n: 20 });
    expect(errorOf(() => text({ prompt: prompts, n: 21 })).message).toBe(
      'prompts × n: 2100 choices are more than 2048',
    );
  });

  test('wrong entries by the hundred thousand are one error', () => {
    const many = Array.from({ length: 300_000 }, () => ({}));
    expect(errorOf(() => text({ prompt: many })).status).toBe(400);
    expect(errorOf(() => chat({ messages: many })).status).toBe(400);
    expect(errorOf(() => chat({ messages: [{ role: 'user', content: many }] })).status).toBe(400);
    expect(errorOf(() => chat({ stop: many })).message).toBe('stop: 300000 strings are more than 64');
  });

  test('stop strings, by their number and their length', () => {
    expect(chat({ stop: Array.from({ length: 64 }, (_, i) => `${i}`) }).generate.stop).toHaveLength(64);
    expect(errorOf(() => chat({ stop: 'x'.repeat(5000) })).param).toBe('stop');
    expect(errorOf(() => chat({ stop: [''] })).param).toBe('stop');
  });

  test('names of fields lose what a terminal would obey, and their length', () => {
    const { message, param } = errorOf(() => chat({ '\u001b[31mred\u009b\u202e': 1 }));
    expect(message).toBe('Unrecognized request argument supplied: \\u001b[31mred\\u009b\\u202e');
    expect(param).toBe('\\u001b[31mred\\u009b\\u202e');
    expect(errorOf(() => chat({ ['x'.repeat(100_000)]: 1 })).message.length).toBeLessThan(600);
  });
});
