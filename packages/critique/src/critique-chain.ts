import type { Completion, LanguageModel, Message } from '@charter/generate';
import type { Constitution, Principle } from './constitution.js';
import { type Asked, type CritiqueMode, critiqueModes, transcriptOf } from './critique-requests.js';
import { addUsage, type CritiqueStep, noUsage, type Usage } from './critique-row.js';
import type { CritiqueSettings } from './critique-settings.js';
import { stoppedBy } from './gates.js';
import { drawPrinciple, requestSeed } from './seeded-choice.js';
import { wordChange } from './words.js';

export interface ChainOptions {
  model: LanguageModel;
  critic: LanguageModel;
  constitution: Constitution;
  settings: CritiqueSettings;
  signal?: AbortSignal | undefined;
}

export interface Chain {
  answer: string;
  /** Every attempt in order; those with gate '' followed one another from the answer to the last revision. */
  steps: CritiqueStep[];
  usage: Usage;
}

/**
 * Answer → (critique → revision) × `settings.revisions`, as in Bai et al. 2022, section 3. A revision that a gate
 * stops is tried again by another principle; if every attempt is stopped, the answer stays and the chain goes on.
 *
 * @param promptKey what the draws of principles depend on besides the seed, so that neither the order of the
 *   prompts nor the model changes them
 */
export async function critiqueChain(
  conversation: Message[],
  givenAnswer: string | undefined,
  promptKey: string,
  options: ChainOptions,
): Promise<Chain> {
  const { model, critic, constitution, settings, signal } = options;
  const mode: CritiqueMode = critiqueModes[settings.mode];
  const examples = constitution.examples.slice(0, settings.fewShot);
  const usage = noUsage();
  const steps: CritiqueStep[] = [];

  const ask = async (
    who: LanguageModel,
    part: keyof CritiqueSettings['sampling'],
    { prompt, stop }: Pick<Asked, 'prompt' | 'stop'>,
  ): Promise<Completion> => {
    signal?.throwIfAborted();
    const completion = await who.generate({
      prompt,
      ...settings.sampling[part],
      seed: requestSeed(settings.seed, promptKey, part, steps.length),
      ...(stop.length > 0 ? { stop } : {}),
      ...(signal ? { signal } : {}),
    });
    addUsage(usage, completion.usage);
    return { ...completion, text: completion.text.trim() };
  };

  const attempt = async (
    principle: Principle,
    before: string,
    revisionIndex: number,
  ): Promise<CritiqueStep> => {
    const step: CritiqueStep = {
      revision_index: revisionIndex,
      principle_id: principle.id,
      critic_prompt: '',
      critique: '',
      revision_prompt: '',
      revision: '',
      gate: '',
      reason: '',
      change: 0,
    };
    const passes = (part: 'critique' | 'revision', { text, finish_reason }: Completion): boolean => {
      const stopped = stoppedBy({ part, text, finish_reason, before, examples }, settings.gates);
      Object.assign(step, stopped);
      return stopped === undefined;
    };
    const review = { conversation, answer: before, principle, examples };
    if (mode.critique) {
      const asked = mode.critique(review);
      const critique = await ask(critic, 'critique', asked);
      step.critic_prompt = asked.request;
      step.critique = critique.text;
      // A critique that is not used needs no revision: half the work of a failed attempt.
      if (!passes('critique', critique)) return step;
    }
    const asked = mode.revision(review, step.critique);
    const revision = await ask(critic, 'revision', asked);
    step.revision_prompt = asked.request;
    step.revision = revision.text;
    step.change = wordChange(before, revision.text);
    passes('revision', revision);
    return step;
  };

  const answer = givenAnswer ?? (await ask(model, 'answer', firstRequest(conversation, settings))).text;
  let current = answer;
  for (let revisionIndex = 0; revisionIndex < settings.revisions; revisionIndex++) {
    let left: Principle[] = constitution.principles;
    for (let attempts = 0; attempts <= settings.retries; attempts++) {
      const principle = drawPrinciple(left, settings.seed, promptKey, revisionIndex, attempts);
      if (!principle) break;
      left = left.filter(other => other !== principle);
      const step = await attempt(principle, current, revisionIndex);
      steps.push(step);
      if (step.gate === '') {
        current = step.revision;
        break;
      }
    }
  }
  return { answer, steps, usage };
}

function firstRequest(
  conversation: Message[],
  { answerFormat }: CritiqueSettings,
): Pick<Asked, 'prompt' | 'stop'> {
  return answerFormat === 'chat' ? { prompt: conversation, stop: [] } : transcriptOf(conversation);
}
