import { fileURLToPath } from 'node:url';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import { expect, test } from 'vitest';
import { loadModel } from '../pretrained/load-model.js';
import { CALIBRATION_TEXT, outlierChannels } from './int8-layers.js';
import { linearModules } from './linear-modules.js';

test('every linear module has its outlier channels, the same in every run', async () => {
  const model = await loadModel(fileURLToPath(new URL('../../../charter-tiny/model', import.meta.url)));
  const runtime = await createOnnxRuntime();
  const texts = [model.tokenizer.encode(CALIBRATION_TEXT), model.tokenizer.encode('Another text.')];
  const outliers = await outlierChannels(runtime, model, texts);
  const modules = linearModules(model.config);
  expect(Object.keys(outliers).sort()).toEqual(modules.map(({ name }) => name).sort());
  for (const { name, in_features } of modules) {
    const channels = outliers[name]!;
    expect(channels).toHaveLength(Math.floor(in_features / 36));
    expect(channels).toEqual([...channels].sort((a, b) => a - b));
  }
  expect(await outlierChannels(runtime, model, texts)).toEqual(outliers);
  await runtime.dispose();
});
