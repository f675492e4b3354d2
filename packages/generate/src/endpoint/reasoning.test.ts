import { describe, expect, test } from 'vitest';
import { errorOf, modelAt, question, server } from './endpoint-under-test.fixture.js';
import { chatAnswer } from './fake-endpoint.fixture.js';
import { createReasoningFilter, splitReasoning } from './reasoning.js';

const answerOf = (message: object, finish_reason = 'stop') => ({
  choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason }],
  usage: { prompt_tokens: 3, completion_tokens: 20 },
});

describe('thinking is no part of an answer', () => {
  test.each([
    ['<think>\nShould I?\n</think>\n\nAsk her.', 'Ask her.', 'Should I?'],
    ['\n<think></think>\n\nAsk her.', 'Ask her.', ''],
    // The template opened the thinking.
    ['Should I?\n</think>\n\nAsk her.', 'Ask her.', 'Should I?'],
    ['<think>Should I', '', 'Should I'],
    ['No tags; <b>bold</b>.', 'No tags; <b>bold</b>.', ''],
    [' indented', ' indented', ''],
    ['The tag <think> opens it.', 'The tag <think> opens it.', ''],
  ])('%j', (content, text, reasoning) => {
    expect(splitReasoning(content)).toEqual({ text, reasoning });
  });

  test.each([
    '<think>Should I?</think>\n\nAsk her.',
    'Ask her.',
    '<thick> Ask her.',
    '\n\n<think>a</think> b',
    '<',
    '',
  ])('pieces of %j, cut anywhere, are its text', content => {
    for (let cut = 1; cut <= Math.max(1, content.length); cut++) {
      const filter = createReasoningFilter();
      let text = '';
      for (let i = 0; i < content.length; i += cut) text += filter.push(content.slice(i, i + cut));
      expect(text + filter.end()).toBe(splitReasoning(content).text);
    }
  });
});

describe('an endpoint', () => {
  test.each([
    [{ content: '<think>Hm.</think>Ask her.' }],
    [{ content: 'Ask her.', reasoning_content: 'Hm.' }],
    [{ content: 'Ask her.', reasoning: 'Hm.' }],
    [
      {
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] },
          { type: 'text', text: 'Ask her.' },
        ],
      },
    ],
  ])('that answers %j: the answer, and the thinking beside it', async message => {
    const model = await modelAt(() => ({ json: answerOf(message) }));
    expect(await model.generate({ prompt: question })).toMatchObject({ text: 'Ask her.', reasoning: 'Hm.' });
  });

  test('that answers in parts: their text', async () => {
    const content = [
      { type: 'text', text: 'Ask ' },
      { type: 'text', text: 'her.' },
    ];
    const model = await modelAt(() => ({ json: answerOf({ content }) }));
    const completion = await model.generate({ prompt: question });
    expect(completion.text).toBe('Ask her.');
    expect(completion).not.toHaveProperty('reasoning');
  });

  test.each([[{ content: null, reasoning_content: 'long thoughts' }], [{ content: '<think>long thoughts' }]])(
    'that spends all tokens on thinking, %j: an error, and no second try',
    async message => {
      const model = await modelAt(() => ({ json: answerOf(message, 'length') }), { max_retries: 3 });
      const error = await errorOf(model.generate({ prompt: question }));
      expect(error.message).toBe(
        `generate at ${server!.url}: the answer is reasoning alone, 20 tokens of it (finish_reason length). Ask for ` +
          'more tokens (max_new_tokens), or turn the thinking off at the server.',
      );
      expect(error).toMatchObject({ code: 'reasoning_alone' });
      expect(server!.seen).toHaveLength(1);
    },
  );

  test('that streams: no piece of the thinking, and log-probabilities of the answer alone', async () => {
    const delta = (fields: object, finish_reason: string | null = null) => ({
      choices: [{ index: 0, delta: fields, finish_reason }],
    });
    const events = [
      delta({ role: 'assistant', content: '' }),
      delta({ reasoning_content: 'H' }),
      delta({ reasoning_content: 'm.' }),
      ...['<thi', 'nk>', 'So', '</think>', '\n', 'Ask', ' her.'].map(content => delta({ content })),
      delta({}, 'stop'),
    ];
    const model = await modelAt(() => ({ events }));
    const pieces: string[] = [];
    const completion = await model.generate({ prompt: question, onToken: piece => pieces.push(piece) });
    expect(pieces).toEqual(['Ask', ' her.']);
    expect(completion).toMatchObject({ text: 'Ask her.', reasoning: 'Hm.\n\nSo' });
    const content = ['<think>', 'So', '</think>', 'Ask', ' her.'].map(token => ({
      token,
      logprob: -1,
      top_logprobs: [],
    }));
    const whole = answerOf({ content: '<think>So</think>Ask her.' });
    const json = { ...whole, choices: [{ ...whole.choices[0], logprobs: { content } }] };
    const asked = await (await modelAt(() => ({ json }))).generate({ prompt: question, top_logprobs: 0 });
    expect(asked.logprobs!.map(({ token }) => token)).toEqual(['Ask', ' her.']);
  });

  test('whose plain text holds such tags: as it is', async () => {
    const json = { choices: [{ index: 0, text: '<think>a</think>b', finish_reason: 'stop' }] };
    const model = await modelAt(() => ({ json }));
    expect((await model.generate({ prompt: 'A' })).text).toBe('<think>a</think>b');
  });

  test('is sent nothing that was not asked for but the limit', async () => {
    const model = await modelAt(() => ({ json: chatAnswer('ok') }));
    await model.generate({ prompt: question });
    expect(server!.seen[0]!.body).toEqual({ model: 'tiny', messages: question, max_tokens: 256 });
    await (await modelAt(() => ({ json: { choices: [{ text: 'ok', finish_reason: 'stop' }] } }))).generate({
      prompt: [5, 7],
    });
    expect(server!.seen[0]).toMatchObject({ path: '/v1/completions', body: { prompt: [5, 7] } });
  });
});

describe('errors show what the server says', () => {
  test.each([
    [{ detail: 'Not authenticated' }, 'Not authenticated'],
    [
      {
        detail: [{ loc: ['body', 'top_k'], msg: 'Extra inputs are not permitted', type: 'extra_forbidden' }],
      },
      'body.top_k: Extra inputs are not permitted',
    ],
    [
      { object: 'error', message: 'Extra inputs are not permitted: top_k', type: 'BadRequestError' },
      'Extra inputs are not permitted: top_k',
    ],
    [{ error: { message: 'No such field' } }, 'No such field'],
    [{ error: 'model not loaded' }, '"model not loaded"'],
  ])('%j', async (json, said) => {
    const model = await modelAt(() => ({ status: 422, json }));
    const { message } = await errorOf(model.generate({ prompt: question }));
    expect(message).toContain(`422 ${said}. The server may not know a field`);
  });

  test('also as plain text', async () => {
    const model = await modelAt(() => response => {
      response.writeHead(502, { 'content-type': 'text/plain' }).end('upstream is down');
    });
    expect((await errorOf(model.generate({ prompt: question }))).message).toContain('502 upstream is down');
  });

  test.each([
    {
      object: 'error',
      message: "This model's maximum context length is 4096 tokens. However, you requested 9000.",
      code: 400,
    },
    { error: { message: 'too long', code: 'context_length_exceeded' } },
    { error: { message: 'prompt is too long: 200001 tokens > 200000 maximum' } },
  ])('a prompt that is too long is told by its code: %j', async json => {
    const model = await modelAt(() => ({ status: 400, json }));
    expect(await errorOf(model.generate({ prompt: question }))).toMatchObject({
      field: 'prompt',
      code: 'context_length_exceeded',
      status: 400,
    });
  });
});
