export interface Block {
  readonly line: number;
  readonly code: string;
  readonly output: string | undefined;
}
export declare const blocksIn: (markdown: string) => Block[];
export declare const tidy: (text: string) => string;
export declare const isPromised: (printed: string, promised: string) => boolean;
