import type { Completion, LanguageModel, Message } from '@charter/generate';
import { chooseBest, sigmoid } from './choose-best.js';
import { type ComparisonOptions, compareAnswers, solvedComparisons } from './compare-answers.js';
import type { Constitution, Principle } from './constitution.js';
import {
  type Asked,
  type CritiqueMode,
  critiqueModes,
  type Review,
  transcriptOf,
} from './critique-requests.js';
import { addUsage, type CritiqueStep, noUsage, type Usage } from './critique-row.js';
import type { CritiqueSettings } from './critique-settings.js';
import type { Place } from './earlier-critiques.js';
import { type GateInput, stoppedBy } from './gates.js';
import { contentHash, drawPrinciples, requestSeed } from './seeded-choice.js';
import { wordChange } from './words.js';

/** Solved comparisons that the judge sees in front. */
const SOLVED = 2;

export interface ChainOptions {
  model: LanguageModel;
  critic: LanguageModel;
  /** Chooses among samples and judges revisions. */
  judge: LanguageModel;
  /** Among the critiques of other rows. */
  place: Place;
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
  const { model, critic, judge, place, constitution, settings, signal } = options;
  const mode: CritiqueMode = critiqueModes[settings.mode];
  const examples = constitution.examples.slice(0, settings.fewShot);
  const usage = noUsage();
  const steps: CritiqueStep[] = [];

  const ask = async (
    who: LanguageModel,
    part: keyof CritiqueSettings['sampling'],
    { prompt, stop }: Pick<Asked, 'prompt' | 'stop'>,
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

  const asked = conversation.flatMap(({ role, content }) => (role === 'user' ? [content] : [])).join('\n');
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
    asked,
    request,
    phrases: settings.harmfulPhrases,
  });
  /** What the critiques of other rows say of this one. It waits for theirs, so it is asked once a revision is there. */
  const stoppedAsRepeated = async (critique: GateInput | undefined) => {
    if (!critique || settings.gates['critique-repeated'] === false) return undefined;
    const alike = await place.mostAlike(critique.text);
    // The prompts before this one were stopped too: what it was compared with depends on when.
    signal?.throwIfAborted();
    return stoppedBy({ ...critique, alike }, settings.gates);
  };
  const judging = (principle: Principle): ComparisonOptions => ({
    judge,
    question: principle.comparison!,
    solved: solvedComparisons(constitution, SOLVED),
  });

  /** Samples revisions and keeps the best of those that pass the gates, or the first of those that don't. */
  const revise = async (
    review: Review & { principle: Principle },
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
    if (!settings.judgeRevisions) return;
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
      ...(settings.judgeRevisions && { preferred: 0 }),
    };
    const review = { conversation, answer: before, principle, examples };
    let critiqued: GateInput | undefined;
    if (mode.critique) {
      const wanted = mode.critique(review);
      const critique = await ask(critic, 'critique', wanted);
      step.critic_prompt = wanted.request;
      step.critique = critique.text;
      place.tell(critique.text);
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
      const drawn = drawPrinciples(left, settings.principlesAtOnce, [
        settings.seed,
        promptKey,
        revisionIndex,
        attempts,
      ]);
      if (drawn.length === 0) break;
      left = left.filter(other => !drawn.includes(other));
      const step = await attempt(together(drawn), current, revisionIndex);
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
function together(principles: readonly Principle[]): Principle {
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
  { answerFormat }: CritiqueSettings,
): Pick<Asked, 'prompt' | 'stop'> {
  return answerFormat === 'chat' ? { prompt: conversation, stop: [] } : transcriptOf(conversation);
}
