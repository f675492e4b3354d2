declare module '@charter/generate' {
  export type Message = { role: 'system' | 'user' | 'assistant' | 'tool'; content: string };
  export type GenerateRequest = {
    prompt: Message[] | string;
    max_new_tokens?: number | undefined;
    temperature?: number | undefined;
    top_p?: number | undefined;
    top_k?: number | undefined;
    min_p?: number | undefined;
    repetition_penalty?: number | undefined;
    seed?: number | undefined;
    stop?: string[] | undefined;
    onToken?: ((text: string) => void) | undefined;
    signal?: AbortSignal | undefined;
  };
  export type Completion = {
    text: string;
    ids?: number[] | undefined;
    finish_reason: 'stop' | 'length';
    usage: { prompt_tokens: number; completion_tokens: number };
  };
  export interface LanguageModel {
    readonly name: string;
    readonly concurrency: number;
    generate(request: GenerateRequest): Promise<Completion>;
    score?(request: { prompt: Message[] | string; continuations: string[] }): Promise<number[]>;
    dispose?(): Promise<void>;
  }
}
