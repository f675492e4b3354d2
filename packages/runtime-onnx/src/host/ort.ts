import type { InferenceSession, Tensor } from 'onnxruntime-node';

/** The part of ONNX Runtime's interface that `onnxruntime-node` and `onnxruntime-web` share and the host uses. */
export interface Ort {
  readonly InferenceSession: Pick<typeof InferenceSession, 'create'>;
  readonly Tensor: typeof Tensor;
}

export type OrtSession = InferenceSession;
export type OrtTensor = Tensor;
