// The page: calls the lesson, which runs in a web worker, and shows its results.
import './style.css';
import { proxy, wrap } from 'comlink';
import type { Device, Lesson } from './lesson.js';
import { drawLossCurve } from './loss-curve.js';

const lesson = wrap<Lesson>(new Worker(new URL('./lesson.ts', import.meta.url), { type: 'module' }));
const address = new URLSearchParams(location.search);
const byId = <E extends Element = HTMLElement>(id: string): E => document.querySelector<E>(`#${id}`)!;
const write = (id: string, text: string): void => {
  byId(id).textContent = text;
};
const question = byId<HTMLSelectElement>('question');
let isTrained = false;

/** Disables the controls during the work, and shows its result or its error. */
const withControlsDisabled = async (message: string, work: () => Promise<string>): Promise<void> => {
  const controls = byId<HTMLFieldSetElement>('controls');
  controls.disabled = true;
  write('status', message);
  try {
    write('status', await work());
    controls.disabled = false;
  } catch (error) {
    byId('status').className = 'failed';
    write('status', error instanceof Error ? error.message : `${error}`);
  }
};

const showReview = async (): Promise<void> => {
  const { answer, request, critique, revision } = await lesson.review(question.value);
  write('asked', question.value);
  write('answer', answer);
  write('request', request);
  write('critique', critique);
  write('revision', revision);
};

const showAnswers = async (): Promise<void> => {
  write('asked-again', question.value);
  write('before', byId('answer').textContent);
  write('after', await lesson.answer(question.value));
};

const learn = async (): Promise<string> => {
  const prompts = Number(address.get('prompts') ?? 32);
  const steps = Number(address.get('steps') ?? 24);
  const losses: number[] = [];
  byId('learning').hidden = false;
  await lesson.learn(
    { prompts, steps },
    proxy(done => write('status', `Revising its answers: ${done} of ${prompts}`)),
    proxy(({ step, max_steps, loss }) => {
      losses[step - 1] = loss;
      drawLossCurve(byId<SVGElement>('curve'), losses, max_steps);
      write('status', `Learning: step ${step} of ${max_steps}, loss ${loss.toFixed(2)}`);
    }),
  );
  isTrained = true;
  byId('now').hidden = false;
  await showAnswers();
  return `Done. The loss fell from ${losses[0]!.toFixed(2)} to ${losses.at(-1)!.toFixed(2)}.`;
};

const download = async (): Promise<void> => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([await lesson.zippedAdapter()], { type: 'application/zip' }));
  link.download = 'charter-tiny-adapter.zip';
  link.click();
  URL.revokeObjectURL(link.href);
};

byId('download').addEventListener('click', download);
byId('learn').addEventListener('click', () => withControlsDisabled('Revising its answers …', learn));
question.addEventListener('change', () =>
  withControlsDisabled('Asking …', async () => {
    await showReview();
    if (isTrained) await showAnswers();
    return isTrained ? 'Asked before and after.' : 'Ready.';
  }),
);

withControlsDisabled('Starting the engine and loading the model (31 MB) …', async () => {
  const engine = await lesson.open({
    device: (address.get('device') ?? 'auto') as Device,
    tokens: Number(address.get('tokens') ?? 96),
  });
  write('engine', engine === 'onnx-webgpu' ? 'WebGPU' : 'WebAssembly');
  await showReview();
  return 'Ready.';
});
