import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  type Dim,
  type DType,
  type Graph,
  GraphError,
  type Shape,
  type StoredTensor,
  type Tensor,
  termsOf,
} from '@charter/tensor';
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  ModelProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from 'onnx-buf';

/** A whole number is an ONNX int, an array ints, a string a string; a float says so. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** `com.microsoft` for ONNX Runtime's own operators. */
  readonly domain?: string;
  /** Number of outputs; default 1. */
  readonly outputs?: number;
}

type Node = Pick<MessageInitShape<typeof NodeProtoSchema>, 'name' | 'opType' | 'domain' | 'attribute'> & {
  input: string[];
  output: string[];
};

/** Element types of values and of stored weights. */
type ElementType = DType | StoredTensor['dtype'] | 'uint4' | 'uint8';

const dataTypes: Readonly<Record<ElementType, DataType>> = {
  float32: DataType.FLOAT,
  float16: DataType.FLOAT16,
  bfloat16: DataType.BFLOAT16,
  int32: DataType.INT32,
  bool: DataType.BOOL,
  uint4: DataType.UINT4,
  uint8: DataType.UINT8,
};

/** Opset 21 is the newest whose operators all have tuned CPU kernels and fusions in ONNX Runtime 1.30. */
const OPSET = 21n;
const IR_VERSION = 10n;

/** Builder of an ONNX model, node by node. A value is its name; equal constants are added once. */
export class OnnxBuilder {
  readonly #nodes: Node[] = [];
  readonly #initializers: MessageInitShape<typeof TensorProtoSchema>[] = [];
  readonly #inputs: MessageInitShape<typeof ValueInfoProtoSchema>[] = [];
  readonly #outputs: MessageInitShape<typeof ValueInfoProtoSchema>[] = [];
  readonly #described = new Map<string, MessageInitShape<typeof ValueInfoProtoSchema>>();
  readonly #known = new Map<string, string>();
  /** Input and axis from which the value of each symbolic dimension is read. */
  readonly #symbols = new Map<string, { input: string; axis: number }>();
  /** Input of each reshape. */
  readonly #reshaped = new Map<string, string>();
  readonly #madeByNodes = new Set<string>();
  /** Output names of values. */
  readonly #asOutputs = new Map<string, string>();
  #count = 0;
  /** Prefix of node names, for profiles and error messages. */
  scope = '';

  constructor(graph: Graph) {
    for (const [name, { dtype, shape }] of graph.inputs) {
      this.#inputs.push(valueInfo(name, dtype, shape));
      shape.forEach((dim, axis) => {
        if (typeof dim === 'string' && !this.#symbols.has(dim)) this.#symbols.set(dim, { input: name, axis });
      });
    }
  }

  /** Adds a node and returns the name of its first output; an input may be left out by ''. */
  node(opType: string, inputs: readonly string[], options: NodeOptions = {}): string {
    return this.nodes(opType, inputs, options)[0]!;
  }

  /** Adds a node and returns the names of all its outputs; `secondOf` maps the first to the second. */
  nodes(
    opType: string,
    inputs: readonly string[],
    { attributes = {}, domain = '', outputs = 1 }: NodeOptions = {},
  ): string[] {
    const name = `${this.scope}/${opType}_${this.#count++}`;
    const output = Array.from({ length: outputs }, (_, i) => (i === 0 ? name : `${name}:${i}`));
    const attribute = Object.entries(attributes).map(([key, value]) => attributeOf(key, value));
    const input = [...inputs];
    if (opType === 'Reshape') {
      // Of reshapes one after the other only the last counts: each costs its start.
      input[0] = this.#reshaped.get(input[0]!) ?? input[0]!;
      this.#reshaped.set(name, input[0]);
    }
    this.#nodes.push({ name, opType, domain, input, output, attribute });
    for (const one of output) this.#madeByNodes.add(one);
    return output;
  }

  /** Second output of the node with this first output. */
  secondOf(output: string): string {
    return `${output}:1`;
  }

  /**
   * Declares the shape of a value, which ONNX Runtime infers only in part. It reuses memory between values of equal
   * shape, and where few shapes are known it searches all free memory for each value: without this a training step takes
   * a fifth longer, and 3 s more to compile.
   */
  describe(value: string, { dtype, shape }: { dtype: DType; shape: Shape }): void {
    if (this.#madeByNodes.has(value)) this.#described.set(value, valueInfo(value, dtype, shape));
  }

  cast(x: string, to: DType | 'uint32'): string {
    const type = to === 'uint32' ? DataType.UINT32 : dataTypes[to];
    return this.node('Cast', [x], { attributes: { to: type } });
  }

  /** An index of the type that some operators insist on. */
  int64(x: string): string {
    return this.node('Cast', [x], { attributes: { to: DataType.INT64 } });
  }

  /** Constant tensor, embedded in the model. */
  constant({ dtype, shape, data }: Tensor): string {
    const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    return this.#initializer(dataTypes[dtype], shape, bytes);
  }

  number(value: number): string {
    return this.once(`number ${Object.is(value, -0) ? '-0' : value}`, () =>
      this.#initializer(DataType.FLOAT, [], bytesOf(Float32Array.of(value))),
    );
  }

  /** Constant uint32 scalar, the type that ONNX can shift. */
  unsigned(value: number): string {
    return this.once(`unsigned ${value}`, () =>
      this.#initializer(DataType.UINT32, [], bytesOf(Uint32Array.of(value))),
    );
  }

  /** Constant uint8 scalar. */
  byte(value: number): string {
    return this.once(`byte ${value}`, () => this.#initializer(DataType.UINT8, [], Uint8Array.of(value)));
  }

  /** Constant int8 scalar. */
  signedByte(value: number): string {
    return this.once(`signed byte ${value}`, () =>
      this.#initializer(DataType.INT8, [], bytesOf(Int8Array.of(value))),
    );
  }

  /** Constant int64 vector. */
  ints(values: readonly number[]): string {
    return this.once(`ints ${values}`, () =>
      this.#initializer(DataType.INT64, [values.length], bytesOf(BigInt64Array.from(values, BigInt))),
    );
  }

  /** Value of a dimension at run time, int64 `[1]`. */
  dim(dim: Dim): string {
    if (typeof dim === 'number') return this.ints([dim]);
    return this.once(`dim ${dim}`, () => {
      const terms = termsOf(dim);
      if (this.#symbols.has(dim) || isSymbol(terms)) return this.#symbol(dim);
      return terms
        .map(({ factor, symbols }) =>
          [
            ...(factor === 1 && symbols.length > 0 ? [] : [this.ints([factor])]),
            ...symbols.map(symbol => this.dim(symbol)),
          ].reduce((a, b) => this.node('Mul', [a, b])),
        )
        .reduce((a, b) => this.node('Add', [a, b]));
    });
  }

  /** Value of a dimension at run time, int64 scalar. */
  dimScalar(dim: Dim): string {
    return this.once(`scalar ${dim}`, () => this.node('Squeeze', [this.dim(dim), this.ints([0])]));
  }

  /** Shape at run time, int64 `[rank]`. */
  shape(shape: Shape): string {
    if (shape.every(dim => typeof dim === 'number')) return this.ints(shape);
    return this.once(`shape ${shape}`, () =>
      shape.length === 1
        ? this.dim(shape[0]!)
        : this.node(
            'Concat',
            shape.map(dim => this.dim(dim)),
            { attributes: { axis: 0 } },
          ),
    );
  }

  /** Weight embedded in the model. */
  embedded({
    dtype,
    shape,
    data,
  }: {
    dtype: ElementType;
    shape: readonly number[];
    data: Uint8Array;
  }): string {
    return this.#initializer(dataTypes[dtype], shape, Uint8Array.from(data));
  }

  /** Weight outside the model: a range of a file, or bytes that the session gets beside the model. */
  external(
    stored: { dtype: ElementType; shape: readonly number[] },
    name: string,
    { location, offset, length }: { location: string; offset: number; length: number },
  ): string {
    const initializer = `weights/${name}`;
    this.#initializers.push({
      name: initializer,
      dims: stored.shape.map(BigInt),
      dataType: dataTypes[stored.dtype],
      dataLocation: DataLocation.EXTERNAL,
      externalData: [
        { key: 'location', value: location },
        { key: 'offset', value: `${offset}` },
        { key: 'length', value: `${length}` },
      ],
    });
    return initializer;
  }

  /** Value of a key, made at the first call. */
  once(key: string, make: () => string): string {
    const name = this.#known.get(key) ?? make();
    this.#known.set(key, name);
    return name;
  }

  /** Makes a value an output of the model and returns the output's name, which differs from every input's. */
  output(name: string, value: string, { dtype, shape }: { dtype: DType; shape: Shape }): string {
    const output = `outputs/${name}`;
    // A node's result is renamed, once; any other value is copied.
    if (this.#madeByNodes.has(value) && !this.#asOutputs.has(value)) this.#asOutputs.set(value, output);
    else this.#nodes.push({ name: output, opType: 'Identity', input: [value], output: [output] });
    this.#outputs.push(valueInfo(output, dtype, shape));
    return output;
  }

  /** Bytes of the `ModelProto`. */
  build(): Uint8Array<ArrayBuffer> {
    const node = this.#usedNodes();
    const used = new Set(node.flatMap(({ output }) => output));
    return toBinary(
      ModelProtoSchema,
      create(ModelProtoSchema, {
        irVersion: IR_VERSION,
        producerName: 'charter',
        opsetImport: [
          { domain: '', version: OPSET },
          { domain: 'com.microsoft', version: 1n },
        ],
        graph: {
          name: 'charter',
          node,
          initializer: this.#initializers,
          input: this.#inputs,
          output: this.#outputs,
          valueInfo: [...this.#described].filter(([name]) => used.has(name)).map(([, info]) => info),
        },
      }),
    );
  }

  /** Nodes that outputs need: ONNX Runtime would run the others too. */
  #usedNodes(): Node[] {
    const named = (value: string) => this.#asOutputs.get(value) ?? value;
    const used = new Set(this.#outputs.map(({ name }) => name));
    const nodes: Node[] = [];
    for (const node of this.#nodes.toReversed()) {
      const output = node.output.map(named);
      if (!output.some(value => used.has(value))) continue;
      const input = node.input.map(named);
      for (const value of input) used.add(value);
      nodes.push({ ...node, input, output });
    }
    return nodes.reverse();
  }

  #symbol(symbol: string): string {
    const found = this.#symbols.get(symbol);
    if (!found) {
      throw new GraphError(`Dimension "${symbol}" has no value: no input has it as a dimension of its own.`);
    }
    const { input, axis } = found;
    return this.node('Shape', [input], { attributes: { start: axis, end: axis + 1 } });
  }

  #initializer(dataType: DataType, shape: readonly number[], rawData: Uint8Array<ArrayBuffer>): string {
    const name = `constants/${this.#count++}`;
    this.#initializers.push({ name, dims: shape.map(BigInt), dataType, rawData });
    return name;
  }
}

const isSymbol = ([term, ...others]: ReturnType<typeof termsOf>): boolean =>
  others.length === 0 && term?.factor === 1 && term.symbols.length === 1;

const bytesOf = (data: Float32Array | Int8Array | Uint32Array | BigInt64Array): Uint8Array<ArrayBuffer> =>
  new Uint8Array(data.buffer as ArrayBuffer);

const attributeOf = (name: string, value: Attribute): MessageInitShape<typeof AttributeProtoSchema> => {
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: BigInt(value) };
  if (typeof value === 'string')
    return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: AttributeType.FLOAT, f: value.float };
  return { name, type: AttributeType.INTS, ints: value.map(BigInt) };
};

const valueInfo = (
  name: string,
  dtype: DType,
  shape: Shape,
): MessageInitShape<typeof ValueInfoProtoSchema> => ({
  name,
  type: {
    value: {
      case: 'tensorType',
      value: {
        elemType: dataTypes[dtype],
        shape: {
          dim: shape.map(dim => ({
            value:
              typeof dim === 'number'
                ? { case: 'dimValue' as const, value: BigInt(dim) }
                : { case: 'dimParam' as const, value: dim },
          })),
        },
      },
    },
  },
});
