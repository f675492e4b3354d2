import { architectures } from '../architectures/architectures.js';
import { ModelConfigError } from '../errors.js';
import type { ModelConfig } from './model-config.js';

/**
 * Reads a `config.json`, in the spelling of transformers 4 (`rope_theta`, `rope_scaling`) or 5 (`rope_parameters`).
 * Reading the result again changes nothing.
 *
 * @param json what the file holds, parsed
 * @param where the file's name, for messages
 * @throws {ModelConfigError} naming the field that is missing, wrong or unsupported
 */
export const parseModelConfig = (json: unknown, where = 'config.json'): ModelConfig => {
  const model_type = (json as { model_type?: unknown } | null)?.model_type;
  const architecture = architectures.get(`${model_type}`);
  if (!architecture) {
    const supported = [...architectures.keys()].join(', ');
    const found =
      model_type === undefined ? 'there is no model_type' : `model_type is ${JSON.stringify(model_type)}`;
    throw new ModelConfigError(`${found}; supported are ${supported}.`, where, 'model_type');
  }
  const parsed = architecture.config.safeParse(json);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  // A damaged list has as many as it has entries.
  const problems = issues.slice(0, 5).map(issue => `${issue.path.join('.')}: ${issue.message}`);
  if (issues.length > 5) problems.push(`and ${issues.length - 5} more`);
  throw new ModelConfigError(
    `${problems.join('; ')}. A "${model_type}" model cannot be built from it.`,
    where,
    issues[0]!.path.join('.'),
  );
};
