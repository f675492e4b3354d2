import type { Completion, LanguageModel, Message } from '@charter/core';
import { contentText } from '@charter/core';
import { editRatio } from '@charter/text-statistics';
import type { Constitution, ConstitutionExample, Principle } from '../constitution/constitution.js';
import type { CritiqueHandle } from '../gates/earlier-critiques.js';
import { type GateInput, type GateRejection, rejectedBy } from '../gates/gates.js';
import { chooseBest, sigmoid } from '../judge/choose-best.js';
import { type ComparisonOptions, compareAnswers, fewShotComparisons } from '../judge/compare-answers.js';
import { requestSeed } from '../seeded-choice.js';
import {
  type CritiqueContext,
  type CritiqueMode,
  type CritiqueRequest,
  critiqueModes,
} from './critique-requests.js';
import type { CritiqueStep } from './critique-row.js';
import type { CritiqueSettings } from './critique-settings.js';

/** Answered comparisons that the judge sees in front. */
const FEW_SHOT_COMPARISONS = 2;

export interface ChainOptions {
  model: LanguageModel;
  critic: LanguageModel;
  /** Chooses among samples and judges revisions. */
  judge: LanguageModel;
  /** Compares this row's critique with those of earlier rows. */
  history: CritiqueHandle;
  constitution: Constitution;
  settings: CritiqueSettings;
  signal?: AbortSignal | undefined;
}

/** Everything that an attempt's requests depend on, besides the principle and the answer under review. */
export interface AttemptContext extends ChainOptions {
  conversation: Message[];
  /** Stands for the prompt in seeds and draws; see `promptKeyOf`. */
  promptKey: string;
  /** Number of the attempt in its chain, from 0. */
  attempt: number;
}

export interface Attempt {
  step: CritiqueStep;
  /** All answers of the model and the critic; what the attempt cost. */
  completions: Completion[];
}

/** Asks for one text. Its seed depends on the row's prompt, the part, the attempt and the sample, not on time. */
export const ask = async (
  who: LanguageModel,
  part: keyof CritiqueSettings['sampling'],
  { prompt, stop }: Pick<CritiqueRequest, 'prompt' | 'stop'>,
  { settings, signal, promptKey, attempt }: AttemptContext,
  sample = 0,
): Promise<Completion> => {
  signal?.throwIfAborted();
  const completion = await who.generate({
    prompt,
    ...settings.sampling[part],
    seed: requestSeed(settings.seed, promptKey, part, attempt, ...(sample > 0 ? [sample] : [])),
    ...(stop.length > 0 ? { stop } : {}),
    ...(signal ? { signal } : {}),
  });
  return { ...completion, text: completion.text.trim() };
};

/**
 * One critique of an answer and one revision of it, by a principle. A critique that a gate rejects is not followed by a
 * revision, which saves half the work of a failed attempt.
 *
 * @param revisionIndex number of the revision that is attempted, from 0
 */
export const attemptRevision = async (
  context: AttemptContext,
  principle: Principle,
  answer: string,
  revisionIndex: number,
): Promise<Attempt> => {
  const { conversation, settings } = context;
  const about = { conversation, answer, principle, examples: examplesOf(context) };
  const begun = beginStep(settings, principle, revisionIndex);
  const mode: CritiqueMode = critiqueModes[settings.mode];
  const critique = mode.critique && (await writeCritique(context, about, mode.critique(about)));
  if (critique?.rejection) {
    return {
      step: { ...begun, ...critique.texts, ...critique.rejection },
      completions: [critique.completion],
    };
  }
  const revision = await writeRevision(context, about, critique?.texts.critique ?? '', mode.revision);
  const checked = await checkRevision(context, principle, revision, critique?.input);
  return {
    step: { ...begun, ...critique?.texts, ...revision.texts, ...checked },
    completions: [...(critique ? [critique.completion] : []), ...revision.completions],
  };
};

const examplesOf = ({ constitution, settings }: AttemptContext): ConstitutionExample[] =>
  constitution.examples.slice(0, settings.few_shot);

const beginStep = (
  { samples, judge_revisions }: CritiqueSettings,
  principle: Principle,
  revisionIndex: number,
): CritiqueStep => ({
  revision_index: revisionIndex,
  principle_id: principle.id,
  critic_prompt: '',
  critique: '',
  revision_prompt: '',
  revision: '',
  gate: '',
  reason: '',
  change: 0,
  ...(samples > 1 && { candidates: [], comparisons: [] }),
  ...(judge_revisions && { preferred: 0 }),
});

type About = CritiqueContext & { principle: Principle };

const writeCritique = async (context: AttemptContext, about: About, request: CritiqueRequest) => {
  const completion = await ask(context.critic, 'critique', request, context);
  context.history.record(completion.text);
  const input = gateInput(context, about, 'critique', completion);
  return {
    completion,
    input,
    texts: { critic_prompt: request.request, critique: completion.text },
    rejection: rejectedBy(input, context.settings.gates),
  };
};

interface Revision {
  texts: Partial<CritiqueStep>;
  /** The revision that was chosen, as gates see it. */
  input: GateInput;
  /** Set when no sample passed the gates. */
  rejection: GateRejection | undefined;
  completions: Completion[];
}

/** Samples revisions and takes the best of those that pass the gates, or the first when none passes. */
const writeRevision = async (
  context: AttemptContext,
  about: About,
  critique: string,
  requestRevision: CritiqueMode['revision'],
): Promise<Revision> => {
  const { critic, settings, conversation } = context;
  const request = requestRevision(about, critique);
  const completions = await Promise.all(
    Array.from({ length: settings.samples }, (_, sample) =>
      ask(critic, 'revision', request, context, sample),
    ),
  );
  const inputs = completions.map(completion => gateInput(context, about, 'revision', completion));
  const rejections = inputs.map(input => rejectedBy(input, settings.gates));
  const passing = inputs.filter((_, i) => !rejections[i]);
  const choice =
    settings.samples > 1
      ? await chooseBest(
          conversation,
          passing.map(({ text }) => text),
          judging(context, about.principle),
        )
      : undefined;
  const best = passing[choice?.best ?? 0] ?? passing[0] ?? inputs[0]!;
  return {
    input: best,
    rejection: passing.length === 0 ? rejections[0] : undefined,
    completions,
    texts: {
      revision_prompt: request.request,
      revision: best.text,
      change: editRatio(about.answer, best.text),
      ...(choice && {
        candidates: inputs.map((input, i) => ({
          revision: input.text,
          gate: rejections[i]?.gate ?? '',
          reason: rejections[i]?.reason ?? '',
          log_odds: choice.log_odds[passing.indexOf(input)] ?? 0,
        })),
        comparisons: choice.comparisons,
      }),
    },
  };
};

/** The checks that need more than the revision itself: critiques of earlier rows, and the judge. */
const checkRevision = async (
  context: AttemptContext,
  principle: Principle,
  { input, rejection }: Revision,
  critique: GateInput | undefined,
): Promise<Partial<CritiqueStep>> => {
  const { settings, conversation } = context;
  const stop = rejection ?? (critique && (await rejectionAsRepeated(context, critique)));
  if (stop) return stop;
  if (!settings.judge_revisions) return {};
  const { log_odds } = await compareAnswers(
    conversation,
    input.text,
    input.before,
    judging(context, principle),
  );
  const preferred = sigmoid(log_odds);
  return { preferred, ...rejectedBy({ ...input, preferred }, settings.gates) };
};

/** Compares with the critiques of earlier rows. It waits for them, so it runs once the revision is written. */
const rejectionAsRepeated = async (
  { settings, history, signal }: AttemptContext,
  critique: GateInput,
): Promise<GateRejection | undefined> => {
  if (settings.gates['critique-repeated'] === false) return undefined;
  const similar = await history.mostSimilar(critique.text);
  // After a stopped run, earlier rows are unfinished, and the comparison would depend on time.
  signal?.throwIfAborted();
  return rejectedBy({ ...critique, similar }, settings.gates);
};

const gateInput = (
  context: AttemptContext,
  { answer, principle, conversation }: About,
  part: GateInput['part'],
  { text, finish_reason }: Completion,
): GateInput => ({
  part,
  text,
  finish_reason,
  before: answer,
  examples: examplesOf(context),
  question: conversation
    .flatMap(({ role, content }) => (role === 'user' ? [contentText(content)] : []))
    .join('\n'),
  request: principle.critique,
  phrases: context.settings.harmful_phrases,
});

const judging = ({ judge, constitution }: AttemptContext, principle: Principle): ComparisonOptions => ({
  judge,
  question: principle.comparison!,
  few_shot: fewShotComparisons(constitution, FEW_SHOT_COMPARISONS),
});
