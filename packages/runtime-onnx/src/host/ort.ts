import type { InferenceSession, Tensor } from 'onnxruntime-node';

/** What `onnxruntime-node` and `onnxruntime-web` have in common, as far as the engine uses it. */
export interface Ort {
  readonly InferenceSession: Pick<typeof InferenceSession, 'create'>;
  readonly Tensor: typeof Tensor;
}

export type OrtSession = InferenceSession;
export type OrtTensor = Tensor;
