/** Progress of `pull` or `pullDataset`. */
export interface PullProgress {
  readonly step: 'download' | 'unpack' | 'convert' | 'use the cache';
  /** The file, package, model or dataset at hand. */
  readonly what: string;
  /** Bytes so far. */
  readonly done: number;
  /** Bytes in all; undefined where that is not known. */
  readonly total: number | undefined;
}

export interface PullOptions {
  /** Folder that keeps what was fetched and converted; default `$CHARTER_CACHE` or `~/.cache/charter`. */
  readonly cache?: string | undefined;
  /** Branch, tag or commit on the hub; default `main`. */
  readonly revision?: string | undefined;
  /** Uses only what the cache holds; default true when `HF_HUB_OFFLINE` is set to 1. */
  readonly offline?: boolean | undefined;
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** True when only the cache may be used: by the options, else by the environment. */
export const isOffline = ({ offline }: PullOptions): boolean =>
  offline ?? /^(1|true|yes|on)$/i.test(process.env.HF_HUB_OFFLINE ?? '');
