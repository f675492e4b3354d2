import { z } from 'zod';
import type { Constitution } from './constitution.js';
import type { LocatedYaml } from './located-yaml.js';

type Read = Omit<Constitution, 'file' | 'hash'>;

const turn = z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() });

/** huggingface/llm-swarm, examples/constitutional-ai: flat chats whose last five turns are the critique. */
const llmSwarm = z.object({
  constitutions: z.array(z.object({ critic: z.string().min(1), revision: z.string().min(1) })).min(1),
  system_chat: z
    .array(z.array(turn).min(6, 'needs question, answer, critique and revision turns'))
    .default([]),
});

/** anthropics/ConstitutionalHarmlessnessPaper, prompts/CritiqueRevisionInstructions.json. */
const paperInstructions = z.record(
  z.string().regex(/^harmful\d+$/),
  z.object({ prompt: z.tuple([z.string()]), edit_request: z.string() }),
);

/** @returns undefined when the file is in neither of the foreign formats, so is to be read as our own */
export const readForeignConstitution = (source: LocatedYaml, name: string): Read | undefined => {
  const keys = Object.keys(source.value ?? {});
  if (keys.includes('constitutions')) return fromLlmSwarm(source.check(llmSwarm), name);
  if (keys.length > 0 && keys.every(key => /^harmful\d+$/.test(key))) {
    return fromPaper(source.check(paperInstructions), name);
  }
  return undefined;
};

const fromLlmSwarm = (read: z.output<typeof llmSwarm>, name: string): Read => {
  return {
    name,
    description: 'read from the format of huggingface/llm-swarm',
    principles: read.constitutions.map(({ critic, revision }, at) => ({
      id: `${name}-${at}`,
      critique: critic.trim(),
      revision: revision.trim(),
      weight: 1,
      tags: [],
    })),
    examples: read.system_chat.map(chat => {
      const [response, critiqueRequest, critique, revisionRequest, revision] = chat.slice(-5);
      return {
        prompt: chat.slice(0, -5),
        response: response!.content.trim(),
        critique_request: critiqueRequest!.content.trim(),
        critique: critique!.content.trim(),
        revision_request: revisionRequest!.content.trim(),
        revision: revision!.content.trim(),
      };
    }),
  };
};

const fromPaper = (read: z.output<typeof paperInstructions>, name: string): Read => {
  return {
    name,
    description: 'read from the format of anthropics/ConstitutionalHarmlessnessPaper',
    principles: Object.entries(read).map(([id, { prompt, edit_request }]) => ({
      id,
      critique: withoutLabels(prompt[0], 'CritiqueRequest', 'Critique'),
      revision: withoutLabels(edit_request, 'RevisionRequest', 'Revision'),
      weight: 1,
      tags: [],
    })),
    examples: [],
  };
};

/** The file wraps each request as "\n\nCritiqueRequest: …\n\nCritique:"; our transcripts put the labels back. */
const withoutLabels = (text: string, before: string, after: string): string => {
  return text
    .replace(new RegExp(`^\\s*${before}:`), '')
    .replace(new RegExp(`${after}:\\s*$`), '')
    .trim();
};
