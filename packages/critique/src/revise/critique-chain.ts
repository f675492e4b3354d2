import type { Completion, LanguageModel, Message } from '@charter/generate';
import type { Constitution, Principle } from '../constitution/constitution.js';
import type { CritiqueHandle } from '../gates/earlier-critiques.js';
import { type GateInput, stoppedBy } from '../gates/gates.js';
import { chooseBest, sigmoid } from '../judge/choose-best.js';
import { type ComparisonOptions, compareAnswers, fewShotComparisons } from '../judge/compare-answers.js';
import { contentHash, drawPrinciples, requestSeed } from '../seeded-choice.js';
import { wordChange } from '../words.js';
import {
  type CritiqueContext,
  type CritiqueMode,
  type CritiqueRequest,
  critiqueModes,
  transcriptOf,
} from './critique-requests.js';
import { addUsage, type CritiqueStep, noUsage, type Usage } from './critique-row.js';
import type { CritiqueSettings } from './critique-settings.js';

/** Solved comparisons that the judge sees in front. */
const SOLVED = 2;

export interface ChainOptions {
  model: LanguageModel;
  critic: LanguageModel;
  /** Chooses among samples and judges revisions. */
  judge: LanguageModel;
  /** Among the critiques of other rows. */
  history: CritiqueHandle;
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

/** What stands for a prompt, whatever else its messages hold. */
export const promptKeyOf = (conversation: readonly Message[]): string =>
  contentHash(conversation.map(({ role, content }) => [role, content]));

/**
 * Answer → (critique → revision) × `settings.revisions`, as in Bai et al. 2022, section 3. A revision that a gate
 * stops is tried again by another principle; if every attempt is stopped, the answer stays and the chain goes on.
 *
 * @param promptKey what the draws of principles depend on besides the seed (`promptKeyOf`), so that neither the order
 *   of the prompts nor the model changes them
 */
export async function critiqueChain(
  conversation: Message[],
  givenAnswer: string | undefined,
  promptKey: string,
  options: ChainOptions,
): Promise<Chain> {
  const { model, critic, judge, history, constitution, settings, signal } = options;
  const mode: CritiqueMode = critiqueModes[settings.mode];
  const examples = constitution.examples.slice(0, settings.few_shot);
  const usage = noUsage();
  const steps: CritiqueStep[] = [];

  const ask = async (
    who: LanguageModel,
    part: keyof CritiqueSettings['sampling'],
    { prompt, stop }: Pick<CritiqueRequest, 'prompt' | 'stop'>,
    sample = 0,
  ): Promise<Completion> => {
    signal?.throwIfAborted();
    const completion = await who.generate({
      prompt,
      ...settings.sampling[part],
      seed: requestSeed(settings.seed, promptKey, part, steps.length, ...(sample > 0 ? [sample] : [])),
      ...(stop.length > 0 ? { stop } : {}),
      ...(signal ? { signal } : {}),
    });
    addUsage(usage, completion.usage);
    return { ...completion, text: completion.text.trim() };
  };

  const question = conversation.flatMap(({ role, content }) => (role === 'user' ? [content] : [])).join('\n');
  const seen = (
    part: GateInput['part'],
    { text, finish_reason }: Completion,
    { before, request }: { before: string; request: string },
  ): GateInput => ({
    part,
    text,
    finish_reason,
    before,
    examples,
    question,
    request,
    phrases: settings.harmful_phrases,
  });
  /** What the critiques of other rows say of this one. It waits for theirs, so it is asked once a revision is there. */
  const stoppedAsRepeated = async (critique: GateInput | undefined) => {
    if (!critique || settings.gates['critique-repeated'] === false) return undefined;
    const similar = await history.mostSimilar(critique.text);
    // The prompts before this one were stopped too: what it was compared with depends on when.
    signal?.throwIfAborted();
    return stoppedBy({ ...critique, similar }, settings.gates);
  };
  const judging = (principle: Principle): ComparisonOptions => ({
    judge,
    question: principle.comparison!,
    few_shot: fewShotComparisons(constitution, SOLVED),
  });

  /** Samples revisions and keeps the best of those that pass the gates, or the first of those that don't. */
  const revise = async (
    review: CritiqueContext & { principle: Principle },
    step: CritiqueStep,
    critique: GateInput | undefined,
  ) => {
    const { answer: before, principle } = review;
    const wanted = mode.revision(review, step.critique);
    const completions = await Promise.all(
      Array.from({ length: settings.samples }, (_, sample) => ask(critic, 'revision', wanted, sample)),
    );
    const inputs = completions.map(completion =>
      seen('revision', completion, { before, request: principle.critique }),
    );
    const stopped = inputs.map(input => stoppedBy(input, settings.gates));
    const passing = inputs.filter((_, i) => !stopped[i]);
    let best = passing[0] ?? inputs[0]!;
    if (settings.samples > 1) {
      const texts = passing.map(({ text }) => text);
      const choice = await chooseBest(conversation, texts, judging(principle));
      best = passing[choice.best] ?? best;
      step.candidates = inputs.map((input, i) => ({
        revision: input.text,
        gate: stopped[i]?.gate ?? '',
        reason: stopped[i]?.reason ?? '',
        log_odds: choice.log_odds[passing.indexOf(input)] ?? 0,
      }));
      step.comparisons = choice.comparisons;
    }
    step.revision_prompt = wanted.request;
    step.revision = best.text;
    step.change = wordChange(before, best.text);
    const nonePasses = passing.length === 0 ? stopped[0] : await stoppedAsRepeated(critique);
    if (nonePasses) return Object.assign(step, nonePasses);
    if (!settings.judge_revisions) return;
    const { log_odds } = await compareAnswers(conversation, best.text, before, judging(principle));
    step.preferred = sigmoid(log_odds);
    Object.assign(step, stoppedBy({ ...best, preferred: step.preferred }, settings.gates));
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
      ...(settings.samples > 1 && { candidates: [], comparisons: [] }),
      ...(settings.judge_revisions && { preferred: 0 }),
    };
    const review = { conversation, answer: before, principle, examples };
    let critiqued: GateInput | undefined;
    if (mode.critique) {
      const wanted = mode.critique(review);
      const critique = await ask(critic, 'critique', wanted);
      step.critic_prompt = wanted.request;
      step.critique = critique.text;
      history.record(critique.text);
      critiqued = seen('critique', critique, { before, request: principle.critique });
      const stopped = stoppedBy(critiqued, settings.gates);
      // A critique that is not used needs no revision: half the work of a failed attempt.
      if (stopped) return Object.assign(step, stopped);
    }
    await revise(review, step, critiqued);
    return step;
  };

  const answer = givenAnswer ?? (await ask(model, 'answer', firstRequest(conversation, settings))).text;
  let current = answer;
  for (let revisionIndex = 0; revisionIndex < settings.revisions; revisionIndex++) {
    let left: Principle[] = constitution.principles;
    for (let attempts = 0; attempts <= settings.retries; attempts++) {
      const drawn = drawPrinciples(left, settings.principles_per_critique, [
        settings.seed,
        promptKey,
        revisionIndex,
        attempts,
      ]);
      if (drawn.length === 0) break;
      left = left.filter(other => !drawn.includes(other));
      const step = await attempt(combinePrinciples(drawn), current, revisionIndex);
      steps.push(step);
      if (step.gate === '') {
        current = step.revision;
        break;
      }
    }
  }
  return { answer, steps, usage };
}

/** Several principles as one: their requests stand one below the other. */
function combinePrinciples(principles: readonly Principle[]): Principle {
  if (principles.length === 1) return principles[0]!;
  const lines = (part: 'critique' | 'revision') => principles.map(principle => principle[part]).join('\n');
  const questions = principles.flatMap(({ comparison }) => comparison ?? []);
  return {
    id: principles.map(({ id }) => id).join('+'),
    critique: lines('critique'),
    revision: lines('revision'),
    ...(questions.length === principles.length && { comparison: questions.join('\n') }),
    weight: 1,
    tags: [],
  };
}

function firstRequest(
  conversation: Message[],
  { answer_format }: CritiqueSettings,
): Pick<CritiqueRequest, 'prompt' | 'stop'> {
  return answer_format === 'chat' ? { prompt: conversation, stop: [] } : transcriptOf(conversation);
}
