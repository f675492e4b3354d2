export declare const repository: string;
export declare const withMetadata: (
  folder: string,
  manifest: Record<string, unknown>,
) => Record<string, unknown>;
