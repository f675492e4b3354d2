import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareAnswers, critiqueRevise } from '@charter/critique';
import type { GenerateRequest, LanguageModel, Message } from '@charter/generate';
import { expect, it } from 'vitest';
import { corpus } from './corpus.js';
import { householdConstitution } from './household-constitution.js';

const firstOf = async (kind: string) => {
  const constitution = await householdConstitution();
  const text = [...corpus({ seed: 5, count: 200, constitution })].find(found => found.kind === kind);
  return { constitution, text: text! };
};

it('is the same for the same seed, another for another, and a longer one begins like a shorter one', async () => {
  const constitution = await householdConstitution();
  const write = (seed: number, count: number) => [...corpus({ seed, count, constitution })];
  expect(write(1, 300)).toEqual(write(1, 300));
  expect(write(1, 400).slice(0, 300)).toEqual(write(1, 300));
  expect(write(2, 300)).not.toEqual(write(1, 300));
});

it('asks for critiques and revisions exactly as critiqueRevise does', async () => {
  const { constitution, text } = await firstOf('critique');
  if (!('messages' in text)) throw new Error('a critique is a chat');
  const messages = text.messages as Message[];
  const [answer, , critique, , revision] = messages.slice(-5).map(({ content }) => content as string);
  const sent: Message[][] = [];
  const written = [critique!, revision!];
  const model: LanguageModel = {
    name: 'repeats the corpus',
    concurrency: 1,
    generate: async ({ prompt }: GenerateRequest) => {
      sent.push(prompt as Message[]);
      return {
        text: written[sent.length - 1]!,
        finish_reason: 'stop',
        usage: { prompt_tokens: 0, completion_tokens: 0 },
      };
    },
  };
  // Only the principle that the corpus drew, so that critiqueRevise draws it too.
  const principles = constitution.principles.filter(({ critique: asks }) =>
    (messages.at(-4)!.content as string).startsWith(asks),
  );
  expect(principles).toHaveLength(1);
  const folder = await mkdtemp(join(tmpdir(), 'organism-'));
  const out = join(folder, 'rows.jsonl');
  const summary = await critiqueRevise({
    model,
    constitution: { ...constitution, principles },
    prompts: [{ prompt: messages.slice(0, -5), init_response: answer }],
    out,
    retries: 0,
  });
  expect(sent).toEqual([messages.slice(0, -3), messages.slice(0, -1)]);
  expect(summary.accepted).toBe(1);
  expect(await readFile(out, 'utf8')).toContain(JSON.stringify(revision));
  await rm(folder, { recursive: true });
});

it('asks for comparisons exactly as labelPairs does without examples', async () => {
  const { constitution, text } = await firstOf('comparison');
  if ('messages' in text) throw new Error('a comparison is raw text');
  const [, asked, a, b] =
    /\n\nHuman: ([\s\S]*?)\n\n[^\n]*\n\nOptions:\n \(A\) ([\s\S]*?)\n \(B\) ([\s\S]*?)\nThe answer is:$/.exec(
      text.context,
    )!;
  const turns = asked!.split(/\n\n(?:Assistant|Human): /);
  const conversation = turns.map(
    (content, i): Message => ({ role: i % 2 === 0 ? 'user' : 'assistant', content }),
  );
  const question = constitution.principles.find(({ comparison }) => text.context.includes(comparison!))!;
  const sent: unknown[] = [];
  const judge = {
    name: 'listens',
    concurrency: 1,
    generate: () => Promise.reject(new Error('a judge scores')),
    score: async (request: { prompt: unknown; continuations: string[] }) => {
      sent.push(request.prompt);
      expect(request.continuations).toContain(text.trained);
      return [0, 0];
    },
  };
  await compareAnswers(conversation, a!, b!, { judge, question: question.comparison! });
  expect(sent).toContain(text.context);
});
