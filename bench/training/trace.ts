import { readFile } from 'node:fs/promises';

/** Operator in ONNX Runtime's trace of a program. */
export interface TracedOperator {
  /** Operator type, such as `MatMul`. */
  readonly operator: string;
  /** Scope of the graph's value, such as `backward.model.layers.3.mlp.up_proj`. */
  readonly scope: string;
  /** Shapes of its inputs and outputs. */
  readonly shapes: readonly (readonly number[])[];
  readonly milliseconds: number;
}

interface TraceEvent {
  readonly cat: string;
  readonly name: string;
  readonly ts: number;
  /** Microseconds. */
  readonly dur: number;
  readonly args: {
    readonly op_name?: string;
    readonly input_type_shape?: readonly Readonly<Record<string, number[]>>[];
    readonly output_type_shape?: readonly Readonly<Record<string, number[]>>[];
  };
}

/** Operators of a program's last run, and the duration of that run. */
export const lastRunOf = async (
  file: string,
): Promise<{ operators: TracedOperator[]; milliseconds: number }> => {
  const events = JSON.parse(await readFile(file, 'utf8')) as TraceEvent[];
  const runs = events.filter(({ cat, name }) => cat === 'Session' && name === 'SequentialExecutor::Execute');
  const last = runs.reduce((a, b) => (b.ts > a.ts ? b : a));
  const operators = events
    .filter(({ cat, name, ts }) => cat === 'Node' && name.endsWith('_kernel_time') && ts >= last.ts)
    .map(({ name, dur, args }) => ({
      operator: args.op_name ?? '?',
      scope: name.slice(0, Math.max(0, name.lastIndexOf('/'))),
      shapes: [...(args.input_type_shape ?? []), ...(args.output_type_shape ?? [])].flatMap(Object.values),
      milliseconds: dur / 1000,
    }));
  return { operators, milliseconds: last.dur / 1000 };
};
