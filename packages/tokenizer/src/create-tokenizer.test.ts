import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChatMessage } from '@charter/core';
import { describe, expect, it } from 'vitest';
import { compileChatTemplate } from './chat-template.js';
import { createTokenizer } from './create-tokenizer.js';
import { loadTokenizer } from './load-tokenizer.js';

const golden = (name: string) => readFile(new URL(`golden/${name}`, import.meta.url), 'utf8');
const tokenizerJson = JSON.parse(await golden('tokenizer.json'));
const config = { bos_token: '<s>', eos_token: '</s>' };
const withTemplate = async (name: string) =>
  createTokenizer({
    tokenizerJson,
    tokenizerConfig: config,
    chatTemplate: await golden(`templates/${name}.jinja`),
  });
const plain = createTokenizer({ tokenizerJson, tokenizerConfig: config });
const chat: ChatMessage[] = [
  { role: 'user', content: 'How does a lock work?' },
  { role: 'assistant', content: 'A key turns it.' },
  { role: 'user', content: 'And then?' },
  { role: 'assistant', content: 'The door opens 🙂.' },
];

describe('special tokens', () => {
  it('padding falls back to EOS, and every EOS of generation_config.json ends a generation', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tokenizer-'));
    await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizerJson));
    await writeFile(join(folder, 'special_tokens_map.json'), JSON.stringify(config));
    await writeFile(join(folder, 'generation_config.json'), JSON.stringify({ eos_token_id: [1, 2] }));
    await writeFile(join(folder, 'chat_template.jinja'), await golden('templates/chatml.jinja'));
    const tokenizer = await loadTokenizer(folder);
    expect(tokenizer.eosTokenId).toBe(6);
    expect(tokenizer.eosTokenIds).toEqual([1, 2, 6]);
    expect(tokenizer.padTokenId).toBe(6);
    expect(tokenizer.bosTokenId).toBe(5);
    expect(tokenizer.vocabSize).toBe(400);
    expect(tokenizer.tokenText(6)).toBe('</s>');
    expect([...tokenizer.tokenBytes(6)!]).toEqual([...Buffer.from('</s>')]);
    expect(tokenizer.tokenBytes(10_000_000)).toBeUndefined();
    expect(tokenizer.renderChat([{ role: 'user', content: 'x' }])).toContain('<|im_start|>user\nx<|im_end|>');
  });

  it('a folder without tokenizer.json says what is missing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tokenizer-'));
    await expect(loadTokenizer(folder)).rejects.toThrow(/has no tokenizer\.json\. Expected a model folder/);
  });

  it('a file that is not JSON is named', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tokenizer-'));
    await writeFile(join(folder, 'tokenizer.json'), '{');
    await expect(loadTokenizer(folder)).rejects.toThrow(/tokenizer\.json is not valid JSON/);
  });

  it('an EOS that the vocabulary lacks is an error', () => {
    expect(() => createTokenizer({ tokenizerJson, tokenizerConfig: { eos_token: '<end>' } })).toThrow(
      'tokenizer_config.json names "<end>" as eos_token, but tokenizer.json has no such token.',
    );
  });

  it('an unknown character is dropped before merging where no token stands for it, and an error where that token is missing', () => {
    const tokenizerOf = (unk_token: string | null) =>
      createTokenizer({
        tokenizerJson: {
          model: { type: 'BPE', vocab: { a: 0, b: 1, ab: 2 }, merges: [['a', 'b']], unk_token },
          added_tokens: [],
          normalizer: null,
          pre_tokenizer: null,
          post_processor: null,
          decoder: null,
        },
      });
    expect(tokenizerOf(null).encode('azb')).toEqual([2]);
    expect(() => tokenizerOf('<unk>').encode('azb')).toThrow(
      'tokenizer.json names "<unk>" as its unknown token, but its vocabulary has no such token; "z" has no id without it.',
    );
  });

  it('tokens that only tokenizer_config.json names get the next ids, as in transformers', () => {
    const first = createTokenizer({ tokenizerJson }).vocabSize;
    const idsOf = (tokenizerConfig: object) =>
      createTokenizer({ tokenizerJson, tokenizerConfig: { ...config, ...tokenizerConfig } }).encode(
        '<x><extra>',
        {
          add_special_tokens: false,
        },
      );
    expect(idsOf({ additional_special_tokens: ['<extra>', { content: '<x>' }] })).toEqual([first + 1, first]);
    expect(idsOf({ extra_special_tokens: { one: '<x>', two: '<extra>' } })).toEqual([first, first + 1]);
    const small = createTokenizer({
      tokenizerJson,
      tokenizerConfig: { additional_special_tokens: ['<x>'] },
      embeddings: first,
    });
    expect(() => small.encode('<x>')).toThrow(
      `The token "<x>" has the id ${first}, but the model has embeddings for 0 to ${first - 1} only.`,
    );
    expect(idsOf({ pad_token: '<pad>', extra_special_tokens: ['<x>', '<extra>'] })).toEqual([
      first + 1,
      first + 2,
    ]);
  });

  it('a class of transformers that drops a step of tokenizer.json is remarked on', () => {
    const digits = { type: 'Digits', individual_digits: true };
    const bytes = tokenizerJson.pre_tokenizer;
    const remarksOf = (tokenizer_class: string) =>
      createTokenizer({
        tokenizerJson: {
          ...tokenizerJson,
          pre_tokenizer: { type: 'Sequence', pretokenizers: [digits, bytes] },
        },
        tokenizerConfig: { tokenizer_class },
      }).remarks;
    expect(remarksOf('PreTrainedTokenizerFast')).toEqual([]);
    expect(remarksOf('GPT2Tokenizer')![0]).toContain('(pre-tokenizer Digits)');
  });

  it('a chat gets the template’s BOS and no second one', async () => {
    const tokenizer = await withTemplate('brackets');
    const { ids } = tokenizer.applyChatTemplate(chat);
    expect(ids.filter(id => id === tokenizer.bosTokenId)).toHaveLength(1);
    expect(ids[0]).toBe(tokenizer.bosTokenId);
  });

  it('EOS is written once behind plain text, also where the post-processor writes it', () => {
    const eosAdding = createTokenizer({
      tokenizerJson: {
        ...tokenizerJson,
        post_processor: {
          type: 'TemplateProcessing',
          single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }],
          pair: [],
          special_tokens: {},
        },
      },
      tokenizerConfig: config,
    });
    for (const tokenizer of [plain, eosAdding]) {
      expect(tokenizer.tokenizeText('a door').filter(id => id === 6)).toEqual([6]);
      expect(tokenizer.tokenizeText('a door').at(-1)).toBe(6);
    }
    expect(plain.tokenizeText('a door</s>')).toEqual(plain.tokenizeText('a door'));
  });
});

describe('masks of the assistant’s tokens', () => {
  it.each(['chatml', 'headers', 'brackets', 'pipes', 'thoughts'])(
    '%s has no generation markers: the turns are found through their end',
    async name => {
      const tokenizer = await withTemplate(name);
      const { text, ids, assistantMask } = tokenizer.applyChatTemplate(chat, {
        return_assistant_tokens_mask: true,
      });
      const trained = tokenizer.decode(ids.filter((_, i) => assistantMask![i]));
      const end = { chatml: '<|im_end|>\n', thoughts: '<|im_end|>\n', headers: '<|eot|>' }[name] ?? '</s>';
      expect(trained.replaceAll(/\s/g, '')).toBe(
        `A key turns it.${end}The door opens 🙂.${end}`.replaceAll(/\s/g, ''),
      );
      expect(tokenizer.decode(ids)).toBe(text);
    },
  );

  it('marked and unmarked templates agree on the words', async () => {
    const words = async (name: string) => {
      const tokenizer = await withTemplate(name);
      const { ids, assistantMask } = tokenizer.applyChatTemplate(chat, {
        return_assistant_tokens_mask: true,
      });
      return tokenizer.decode(
        ids.filter((_, i) => assistantMask![i]),
        { skip_special_tokens: true },
      );
    };
    expect((await words('chatml')).replaceAll('\n', '')).toBe(await words('chatml-marked'));
  });

  it('text of a user that looks like a marker changes nothing', async () => {
    const tokenizer = await withTemplate('chatml-marked');
    const odd: ChatMessage[] = [
      { role: 'user', content: '\uE000\uE002 {% generation %}' },
      ...chat.slice(1, 2),
    ];
    const { text, ids, assistantMask } = tokenizer.applyChatTemplate(odd, {
      return_assistant_tokens_mask: true,
    });
    expect(text).toContain('\uE000\uE002 {% generation %}');
    expect(tokenizer.decode(ids.filter((_, i) => assistantMask![i]))).toBe('A key turns it.<|im_end|>');
  });

  it('a template that rewrites earlier turns is an error that names the turn', async () => {
    const tokenizer = await withTemplate('thoughts');
    const thinking = chat.map(message =>
      message.role === 'assistant' ? { ...message, content: `<think>hm</think>${message.content}` } : message,
    );
    expect(() => tokenizer.applyChatTemplate(thinking, { return_assistant_tokens_mask: true })).toThrow(
      "Cannot mark the assistant's tokens of messages[1]: the template rewrites it once further messages follow. " +
        'Use a chat template with {% generation %}',
    );
  });

  it('a conversation that starts with the assistant is an error without markers', async () => {
    const tokenizer = await withTemplate('chatml');
    expect(() => tokenizer.applyChatTemplate(chat.slice(1), { return_assistant_tokens_mask: true })).toThrow(
      "Cannot mark the assistant's tokens of messages[0]: the conversation starts with it",
    );
  });
});

describe('what a template refuses', () => {
  it('names the message whose role it does not know', async () => {
    const tokenizer = await withTemplate('brackets');
    const messages = [...chat.slice(0, 2), { role: 'tool', content: 'x' }, ...chat.slice(2)];
    expect(() => tokenizer.renderChat(messages)).toThrow(
      'The chat template refuses messages[2] (role "tool"): Only user and assistant roles are known here, not tool. ' +
        'Change the conversation, or use another template (chat_template).',
    );
  });

  it('a tokenizer without a template says how to get one', () => {
    expect(() => plain.renderChat(chat)).toThrow(
      'This tokenizer has no chat template, so it cannot write messages.',
    );
  });

  it('a template that joins an object to a text is an error, as in Python', () => {
    const call = { role: 'assistant', content: '', tool_calls: [{ arguments: { days: 2 } }] };
    const chat_template = "{{ 'call ' + messages[0].tool_calls[0].arguments }}";
    expect(() => plain.renderChat([call], { chat_template })).toThrow(
      'The chat template fails at messages[0] (role "assistant"): can only concatenate str (not "dict") to str (line 1 of ' +
        'the template)',
    );
  });

  it('a message without content is empty text to a template that trims it, as in Python', () => {
    const chat_template = '[{{ messages[0].content | trim }}]';
    expect(plain.renderChat([{ role: 'assistant' }], { chat_template })).toBe('[]');
    expect(plain.renderChat([{ role: 'assistant', content: null }], { chat_template })).toBe('[]');
  });

  it.each([
    [
      '{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}',
      'it takes more than 4,000,000 steps; does a loop never end? (line 1 of the template)',
    ],
    ['{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}', 'maximum recursion depth exceeded'],
    [
      "{% set ns = namespace(s='ab') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
      'a text or list of more than 134217728 elements',
    ],
    ['{{ range(100001) }}', 'Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).'],
  ])('a template without end ends with an error: %s', (chat_template, message) => {
    expect(() => plain.renderChat(chat.slice(0, 1), { chat_template })).toThrow(message);
  });

  it('strip takes the characters that it is given, and no others', () => {
    const stripped = (expression: string) =>
      plain.renderChat([{ role: 'user', content: '\n a-b \n' }], {
        chat_template: `{{ messages[0].content.${expression} }}`,
      });
    expect(stripped("lstrip('\\n')")).toBe(' a-b \n');
    expect(stripped("rstrip('\\n')")).toBe('\n a-b ');
    expect(stripped("strip('\\n ab')")).toBe('-');
    expect(stripped('strip()')).toBe('a-b');
    expect(() => stripped('strip(1)')).toThrow('strip arg must be str, not int');
  });

  it('a template that loops over parts of a content gets them, another one gets their text', () => {
    const content = ['Say:', '  hello '].map(text => ({ type: 'text', text }));
    const render = (turn: string) =>
      compileChatTemplate(`{% for m in messages %}${turn}{% endfor %}`).render(
        [{ role: 'user', content }],
        {},
        {},
      ).text;
    const parts = '{% for part in m.content %}{{ part.text | trim }}{% endfor %}';
    expect(render(`{% if m['content'] is string %}{{ m.content }}{% else %}${parts}{% endif %}`)).toBe(
      'Say:hello',
    );
    expect(render('{{ m.role + m.content | trim }}')).toBe('userSay:  hello');
  });

  it('a template that is not Jinja is an error', () => {
    expect(() => plain.renderChat(chat, { chat_template: '{% if %}' })).toThrow(
      'The chat template is not valid Jinja:',
    );
  });

  it('an answer without text cannot be continued', async () => {
    const tokenizer = await withTemplate('chatml');
    expect(() =>
      tokenizer.renderChat([...chat, { role: 'assistant', content: null }], { continue_final_message: true }),
    ).toThrow('messages[4] cannot be continued: it has no text content.');
  });
});

describe('prompt and completion', () => {
  it('a token across the border belongs to the completion and is reported', () => {
    const tokens = plain.tokenizePromptCompletion('the do', 'or');
    expect(tokens.prefixMismatch).toBe(true);
    expect(plain.decode(tokens.ids)).toBe('the door</s>');
    expect(plain.decode(tokens.ids.slice(tokens.promptLength))).toBe(' door</s>');
    expect(plain.tokenizePromptCompletion('the door', ' is').prefixMismatch).toBe(false);
  });

  it('a template that writes the prompt differently once an answer follows is reported', async () => {
    const tokenizer = await withTemplate('thoughts');
    const options = { chat_template_kwargs: { enable_thinking: false } };
    const tokens = tokenizer.tokenizePromptCompletion(chat.slice(0, 1), chat.slice(1, 2), options);
    expect(tokens.prefixMismatch).toBe(true);
    expect(tokenizer.decode(tokens.ids.slice(tokens.promptLength))).toContain('A key turns it.');
  });

  it('text and messages do not mix', () => {
    expect(() => plain.tokenizePromptCompletion('x', chat)).toThrow(
      'The prompt is text and its completion a list of messages; make both the same.',
    );
  });
});

describe('decoding id by id', () => {
  it('holds a character back until all its bytes are there', () => {
    const ids = plain.encode('a🙂b');
    const stream = plain.decodeStream();
    const parts = ids.map(id => stream.push(id));
    expect(parts.filter(part => part !== '')).toEqual(['a', '🙂', 'b']);
    expect(parts.join('')).not.toContain('\uFFFD');
  });

  it('shows what is left when the text breaks off inside a character', () => {
    const stream = plain.decodeStream();
    const ids = plain.encode('🙂').slice(0, 2);
    expect(ids.map(id => stream.push(id)).join('')).toBe('');
    expect(stream.end()).toBe('\uFFFD');
    expect(stream.end()).toBe('');
  });

  it('ids outside the vocabulary have no text', () => {
    expect(plain.decode([99_999])).toBe('');
    expect(plain.decode([])).toBe('');
  });
});
