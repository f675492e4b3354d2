import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openCheckpoint, openSafetensors } from '@charter/checkpoint';
import { loadConstitution, readLocatedYaml } from '@charter/critique';
import { readRows } from '@charter/datasets';
import { loadAdapter } from '@charter/lora';
import { adaptableModules, decoder, gridLayout, loadModel, parseModelConfig } from '@charter/models';
import { Graph } from '@charter/tensor';
import { loadTokenizer } from '@charter/tokenizer';
import { openGguf } from '../../packages/checkpoint/src/gguf/open-gguf.js';
import { recipeSchema } from '../../packages/cli/src/recipe/recipe.js';
import { runStage } from '../../packages/cli/src/recipe/run-stage.js';
import { readState, writeState } from '../../packages/trainer/src/checkpoints/trainer-state.js';
import { readMetrics } from '../../packages/trainer/src/metrics/metrics-log.js';
import { root } from '../workspace.js';
import type { Form } from './mutate.js';

/** A reader of untrusted files, made ready in a folder of its own. */
export interface Parser {
  readonly form: Form;
  /** Sound files that mutants are made of. */
  readonly sound: readonly Buffer[];
  /** Where a mutant is written to. */
  readonly file: string;
  /** Reads what lies in `file`, as far as a user's command would before it computes anything. */
  parse(): Promise<unknown>;
}

const fixture = (...parts: string[]): string => join(root, ...parts);
const contents = (...files: string[]): Buffer[] => files.map(file => readFileSync(fixture(file)));

/** A copy of a model's folder, in which one of the files is the mutant. */
const modelCopy = (folder: string, model: string): string => {
  const copy = join(folder, model);
  cpSync(fixture('fixtures/models', model), copy, { recursive: true });
  return copy;
};

const MODELS = [
  'gemma3',
  'llama',
  'llama-dynamic',
  'llama-untied-rope3',
  'mistral',
  'phi3-longrope',
  'qwen2',
  'qwen3',
];

const modelConfig = (folder: string): Parser => ({
  form: 'json',
  sound: contents(...MODELS.map(model => `fixtures/models/${model}/config.json`)),
  file: join(modelCopy(folder, 'llama'), 'config.json'),
  async parse() {
    // The folder's weights fit few mutants, so the graph that each asks for is built in any case.
    const [loaded, built] = await Promise.allSettled([loadModel(dirname(this.file)), buildGraph(this.file)]);
    if (loaded.status === 'rejected') throw loaded.reason;
    if (built.status === 'rejected') throw built.reason;
  },
});

const buildGraph = async (file: string): Promise<void> => {
  const { config: json } = await openCheckpoint(dirname(file));
  const config = parseModelConfig(json, file);
  const graph = new Graph();
  const ids = graph.input('input_ids', 'int32', ['rows', 'time']);
  const layout = gridLayout(ids);
  decoder(graph, config, { inputIds: ids, layout, attention: q => q }, { maxPositions: 1 });
};

/** Characters of every kind, so that each part of a tokenizer has something to do. */
const TEXT = 'Ring the bell, 12 times!\n\n ½ ٣ naïve ﬁ 中文 🙂 <|im_start|>user\u0000 \ud83d</s>';

const tokenizer =
  (name: 'tokenizer.json' | 'tokenizer_config.json', ...sound: string[]) =>
  (folder: string): Parser => {
    const model = modelCopy(folder, 'llama');
    if (name === 'tokenizer.json') writeFileSync(join(model, 'tokenizer_config.json'), '{}');
    return {
      form: 'json',
      sound: contents(...sound),
      file: join(model, name),
      async parse() {
        const loaded = await loadTokenizer(model);
        const { ids } = loaded.encodeWithOffsets(TEXT);
        loaded.decode(ids, { skip_special_tokens: true });
        loaded.decode(loaded.encode(TEXT));
        loaded.applyChatTemplate([{ role: 'user', content: TEXT }], { add_generation_prompt: true });
      },
    };
  };

const rows =
  (name: string, form: Form, ...sound: Buffer[]) =>
  (folder: string): Parser => {
    const file = join(folder, name);
    return {
      form,
      sound,
      file,
      async parse() {
        for await (const _ of readRows(file, { onBadRow: () => {} }));
      },
    };
  };

const pairs = readFileSync(fixture('packages/datasets/src/golden/pairs.json'));
const chats = [
  {
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello.' },
    ],
    tools: [{ type: 'function', function: { name: 'f' } }],
  },
  { prompt: 'Who?', completion: 'Me.', chat_template_kwargs: { enable_thinking: false } },
  { instruction: 'Add.', input: '1 + 1', output: '2', n: 1e20 },
  {
    prompt: [{ role: 'user', content: 'Hi' }],
    chosen: [{ role: 'assistant', content: 'Hello.' }],
    rejected: [{ role: 'assistant', content: 'Go.' }],
  },
];
const CSV =
  'prompt,completion\n"Who, me?","Yes, ""you""."\nHi,"[{""role"": ""user"", ""content"": ""x""}]"\n';

const recipe = (folder: string): Parser => ({
  form: 'text',
  sound: contents('packages/cli/recipes/quickstart.yaml', 'packages/cli/recipes/paper.yaml'),
  file: join(folder, 'recipe.yaml'),
  async parse() {
    (await readLocatedYaml(this.file)).check(recipeSchema);
  },
});

const constitution = (folder: string): Parser => ({
  form: 'text',
  sound: contents('packages/critique/constitutions/household.yaml'),
  file: join(folder, 'constitution.yaml'),
  parse() {
    return loadConstitution(this.file);
  },
});

const quiet = new Proxy({}, { get: () => () => {} });

const stageRecord = async (folder: string): Promise<Parser> => {
  const stage = () =>
    runStage(
      { out: folder, terminal: quiet as never },
      { id: 'critique', inputs: { a: 1 }, run: async () => ({ rows: 12, accepted: [1, 2] }) },
    );
  const { folder: own } = await stage();
  const file = join(own, 'stage.json');
  return { form: 'json', sound: [readFileSync(file)], file, parse: stage };
};

const metrics = (folder: string): Parser => {
  const entries = [
    { step: 1, loss: 0.5 },
    { step: 2, loss: null, eval_loss: 1.25 },
    { step: 3, loss: 2e-7 },
  ];
  const file = join(folder, 'metrics.jsonl');
  return {
    form: 'text',
    sound: [Buffer.from(entries.map(entry => `${JSON.stringify(entry)}\n`).join(''))],
    file,
    parse: () => readMetrics(file),
  };
};

const trainerState = async (folder: string): Promise<Parser> => {
  const file = join(folder, 'trainer_state.json');
  await writeState(file, {
    global_step: 2,
    max_steps: 4,
    num_tokens: 512,
    pending: { loss: [0.25, 2] },
    fingerprint: 'a0b1c2d3',
    log_history: [
      { step: 1, loss: 0.5 },
      { step: 2, loss: 0.4 },
    ],
    started_at: '2026-01-01T00:00:00.000Z',
    engine: 'onnx',
    optimizer_sha256: 'abc',
  });
  const sound = readFileSync(file);
  return {
    form: 'json',
    sound: [sound],
    file,
    async parse() {
      const state = await readState(file);
      // The checksum stands over the values: what is taken is what was written, whatever its spelling.
      if (state.global_step !== 2 || state.fingerprint !== 'a0b1c2d3')
        throw new Error('a changed state was taken');
    },
  };
};

const safetensors = (folder: string): Parser => ({
  form: 'binary',
  sound: contents('fixtures/adapters/llama-rslora-patterns/adapter_model.safetensors'),
  file: join(folder, 'model.safetensors'),
  parse() {
    return openSafetensors(this.file);
  },
});

const gguf = (folder: string): Parser => ({
  form: 'binary',
  sound: contents(
    'packages/checkpoint/src/golden/quantized.gguf',
    'packages/checkpoint/src/golden/qwen2.gguf',
  ),
  file: join(folder, 'model.gguf'),
  parse() {
    return openGguf(this.file);
  },
});

const adapterConfig = (folder: string): Parser => {
  const adapter = join(folder, 'adapter');
  cpSync(fixture('fixtures/adapters/llama-all-linear'), adapter, { recursive: true });
  const config = parseModelConfig(
    JSON.parse(readFileSync(fixture('fixtures/models/llama/config.json'), 'utf8')),
  );
  const modules = adaptableModules(config);
  const names = ['llama-all-linear', 'llama-dora', 'llama-rslora-patterns', 'mistral-chosen-layers'];
  return {
    form: 'json',
    sound: contents(...names.map(name => `fixtures/adapters/${name}/adapter_config.json`)),
    file: join(adapter, 'adapter_config.json'),
    parse: () => loadAdapter(adapter, modules, 'llama'),
  };
};

/** Every reader of untrusted files by its name. */
export const parsers: Readonly<Record<string, (folder: string) => Parser | Promise<Parser>>> = {
  'config.json': modelConfig,
  'tokenizer.json': tokenizer(
    'tokenizer.json',
    'fixtures/tokenizer/tokenizer.json',
    'packages/tokenizer/src/golden/tokenizer-spaced.json',
  ),
  'tokenizer_config.json': tokenizer('tokenizer_config.json', 'fixtures/tokenizer/tokenizer_config.json'),
  parquet: rows('rows.parquet', 'binary', readFileSync(fixture('packages/datasets/src/golden/cai.parquet'))),
  json: rows('rows.json', 'json', pairs, Buffer.from(JSON.stringify(chats))),
  jsonl: rows('rows.jsonl', 'text', Buffer.from(chats.map(row => `${JSON.stringify(row)}\n`).join(''))),
  csv: rows('rows.csv', 'text', Buffer.from(CSV)),
  recipe,
  constitution,
  'stage.json': stageRecord,
  'metrics.jsonl': metrics,
  'trainer_state.json': trainerState,
  safetensors,
  gguf,
  'adapter_config.json': adapterConfig,
};

/** The parser of this name, ready in a new folder. */
export const openParser = async (name: string, folder: string): Promise<Parser> => {
  const own = join(folder, name.replace('.', '-'));
  mkdirSync(own, { recursive: true });
  const parser = await parsers[name]!(own);
  // Sound files are taken, or the mutants would prove nothing.
  for (const sound of parser.sound) {
    writeFileSync(parser.file, sound);
    if (name !== 'config.json' && name !== 'adapter_config.json') await parser.parse();
  }
  return parser;
};
