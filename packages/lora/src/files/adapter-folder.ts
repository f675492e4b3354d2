/** PEFT's names of the files in an adapter's folder. */
export const CONFIG_FILE = 'adapter_config.json';
export const TENSORS_FILE = 'adapter_model.safetensors';
