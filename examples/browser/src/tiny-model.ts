import configJson from '@charter/charter-tiny/model/config.json';
import weightsUrl from '@charter/charter-tiny/model/model.safetensors?url';
import tokenizerJson from '@charter/charter-tiny/model/tokenizer.json';
import tokenizerConfig from '@charter/charter-tiny/model/tokenizer_config.json';
import { parseSafetensors } from '@charter/checkpoint';
import { parseModelConfig } from '@charter/models';
import { createTokenizer } from '@charter/tokenizer';

/** Model and tokenizer from the four files of a Hugging Face model folder. */
export const fetchTinyModel = async () => {
  const response = await fetch(weightsUrl);
  const { tensors } = parseSafetensors(new Uint8Array(await response.arrayBuffer()), weightsUrl);
  return {
    id: 'charter-tiny',
    config: parseModelConfig(configJson),
    weights: tensors,
    tokenizer: createTokenizer({ tokenizerJson, tokenizerConfig }),
  };
};
