import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Message } from '@charter/core';
import type { GenerateRequest, LanguageModel } from '@charter/generate';
import { describe, expect, it } from 'vitest';
import { answerPrompts, type EvaluationPrompt } from './answer-prompts.js';

const prompts: EvaluationPrompt[] = Array.from({ length: 6 }, (_, i) => ({
  kind: i % 2 ? 'harmful' : 'helpful',
  prompt: [{ role: 'user', content: `Question ${i}` }],
}));

/** Answers with what was asked, and remembers every request. */
const echo = (onRequest?: (n: number) => void) => {
  const requests: GenerateRequest[] = [];
  const model: LanguageModel = {
    name: 'echo',
    concurrency: 2,
    async generate(request) {
      requests.push(request);
      onRequest?.(requests.length);
      const { prompt } = request;
      const asked = typeof prompt === 'string' ? prompt : (prompt as Message[]).at(-1)!.content;
      return {
        text: `You asked: ${asked}`,
        finish_reason: 'stop',
        usage: { prompt_tokens: 3, completion_tokens: 5 },
      };
    },
  };
  return { model, requests };
};

const newFile = async () => join(await mkdtemp(join(tmpdir(), 'charter-answers-')), 'answers.jsonl');

describe('answerPrompts', () => {
  it('answers in the order of the prompts, greedily unless told otherwise', async () => {
    const { model, requests } = echo();
    const { answers, stopped } = await answerPrompts({ model, prompts });
    expect(stopped).toBe(false);
    expect(answers.map(({ text }) => text)).toEqual(prompts.map((_, i) => `You asked: Question ${i}`));
    expect(answers.map(({ kind }) => kind)).toEqual(prompts.map(({ kind }) => kind));
    expect(new Set(requests.map(({ temperature }) => temperature))).toEqual(new Set([0]));
  });

  it('hands every sampling option on, with a seed that the prompt decides', async () => {
    const { model, requests } = echo();
    const sampling = { temperature: 0.7, top_p: 0.9, max_new_tokens: 7, seed: 5 };
    await answerPrompts({ model, prompts, sampling });
    const again = echo();
    await answerPrompts({ model: again.model, prompts: [...prompts].reverse(), sampling });
    const seeds = (list: GenerateRequest[]) =>
      Object.fromEntries(list.map(({ prompt, seed }) => [JSON.stringify(prompt), seed]));
    expect(seeds(again.requests)).toEqual(seeds(requests));
    expect(new Set(requests.map(({ seed }) => seed)).size).toBe(prompts.length);
    expect(requests[0]).toMatchObject({ temperature: 0.7, top_p: 0.9, max_new_tokens: 7 });
  });

  it('goes on where it was stopped, and ends with the same answers', async () => {
    const whole = await answerPrompts({ model: echo().model, prompts });
    const out = await newFile();
    const controller = new AbortController();
    const first = echo(n => n === 3 && controller.abort());
    const part = await answerPrompts({ model: first.model, prompts, out, signal: controller.signal });
    expect(part.stopped).toBe(true);
    expect(part.answers.length).toBeLessThan(prompts.length);

    const second = echo();
    const rest = await answerPrompts({ model: second.model, prompts, out });
    expect(first.requests.length + second.requests.length).toBe(prompts.length);
    expect(rest.answers).toEqual(whole.answers);
  });

  it('drops the half line of a killed run, and keeps the others', async () => {
    const out = await newFile();
    await answerPrompts({ model: echo().model, prompts, out });
    const bytes = await readFile(out, 'utf8');
    await writeFile(out, bytes.slice(0, -20));
    const { model, requests } = echo();
    await answerPrompts({ model, prompts, out });
    expect(requests).toHaveLength(1);
    expect((await readFile(out, 'utf8')).trim().split('\n').sort()).toEqual(bytes.trim().split('\n').sort());
  });

  it('asks again when the model, its fingerprint or the sampling is another', async () => {
    const out = await newFile();
    await answerPrompts({ model: echo().model, prompts, out, fingerprint: 'adapter 1' });
    for (const [changes, asked] of [
      [{ fingerprint: 'adapter 1' }, 0],
      [{ fingerprint: 'adapter 2' }, prompts.length],
      [{ fingerprint: 'adapter 1', sampling: { max_new_tokens: 9 } }, prompts.length],
    ] as const) {
      const { model, requests } = echo();
      await answerPrompts({ model, prompts, out, ...changes });
      expect(requests).toHaveLength(asked);
    }
  });

  it('asks a prompt that is there twice twice, and gives each answer an id of its own', async () => {
    const { model, requests } = echo();
    const { answers } = await answerPrompts({ model, prompts: [prompts[0]!, prompts[0]!] });
    expect(requests).toHaveLength(2);
    expect(answers[1]!.id).toBe(`${answers[0]!.id}-2`);
  });

  it('throws what the model throws, and begins no further request', async () => {
    let begun = 0;
    const model: LanguageModel = {
      name: 'broken',
      concurrency: 1,
      async generate() {
        begun++;
        throw new Error('the server is gone');
      },
    };
    await expect(answerPrompts({ model, prompts })).rejects.toThrow('the server is gone');
    expect(begun).toBe(1);
  });

  it('leaves a file of something else alone, and names its line', async () => {
    const out = await newFile();
    await writeFile(out, '{"prompt":"mine"}\n');
    await expect(answerPrompts({ model: echo().model, prompts, out })).rejects.toThrow(
      `${out}:1: this is not an answer that an evaluation wrote. Take the line out, or choose another file.`,
    );
    expect(await readFile(out, 'utf8')).toBe('{"prompt":"mine"}\n');
  });
});
