/**
 * Text, a stream and a search by meaning through the Vercel AI SDK, by a model on this machine. The folder of an adapter in
 * the place of `modelFolder` works the same: it names its base model.
 */
import assert from 'node:assert/strict';
import { createCharter } from '@charter/ai-sdk';
import { modelFolder } from '@charter/charter-tiny';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import { cosineSimilarity, embedMany, generateText, streamText } from 'ai';

const runtime = await createOnnxRuntime();
const charter = createCharter({ runtime });
const model = charter(modelFolder);

const question = 'Tell me how to varnish my bunk bed.';
const { text, finishReason, usage } = await generateText({ model, prompt: question, temperature: 0 });
console.log(`${question}\n${text}\n(${finishReason}, ${usage.outputTokens} tokens)\n`);

const { textStream } = streamText({ model, prompt: question, temperature: 0 });
let streamed = '';
for await (const piece of textStream) streamed += piece;

const notes = ['How do I oil my bicycle?', 'I want to varnish my shelf.', 'What does my cat eat?'];
const { embeddings } = await embedMany({
  model: charter.embeddingModel(modelFolder),
  values: [question, ...notes],
});
const [vector, ...others] = embeddings;
const similarities = others.map(other => cosineSimilarity(vector!, other));
for (const [i, note] of notes.entries()) console.log(`${similarities[i]!.toFixed(3)}  ${note}`);

assert.equal(finishReason, 'stop');
assert.equal(streamed, text);
assert.equal(similarities.indexOf(Math.max(...similarities)), 1, 'the note about varnish is the closest');

await charter.dispose();
await runtime.dispose();
