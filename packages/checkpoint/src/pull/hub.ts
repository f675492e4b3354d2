import { datasetInfo, HubApiError, type ListFileEntry, listFiles, modelInfo } from '@huggingface/hub';
import type { Checksum } from './checksum.js';
import { DownloadRefusal, type DownloadRequest, download } from './download.js';
import { PullError } from './pull-error.js';

/** A hub, and how to reach it. */
export interface Hub {
  /** Such as `https://huggingface.co`. */
  readonly endpoint: string;
  readonly token: string | undefined;
  /** Gives up on a request that is not answered within this time, in milliseconds. */
  readonly answerMilliseconds: number;
}

/** A model or a dataset of a hub. */
export interface Repository {
  readonly kind: 'model' | 'dataset';
  /** `org/name`. */
  readonly name: string;
}

/** Page on the hub, which tells a dataset from a model of the same name. */
export const placeOf = ({ kind, name }: Repository): string =>
  kind === 'dataset' ? `datasets/${name}` : name;

/** A file of a repository. */
export interface HubFile {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  readonly checksum: Checksum;
}

/** The hub that the environment names (`HF_ENDPOINT`, `HF_TOKEN`), by default Hugging Face’s. */
export const hubFromEnvironment = (answerMilliseconds: number): Hub => ({
  endpoint: endpointOf(process.env.HF_ENDPOINT || 'https://huggingface.co'),
  token: process.env.HF_TOKEN ? tokenOf(process.env.HF_TOKEN) : undefined,
  answerMilliseconds,
});

// Neither message quotes what it refuses: it may be a secret.

const endpointOf = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    throw new PullError(
      'HF_ENDPOINT',
      'is no address of a hub: http:// or https://, a host, a path, and no user, password or query.',
      'Put a token into HF_TOKEN, which is sent as a header.',
    );
  }
  return text.replace(/\/+$/, '');
};

const tokenOf = (text: string): string => {
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw new PullError(
    'HF_TOKEN',
    'holds a space, a line break or another character that no token has.',
    'Copy the token again.',
  );
};

/** The commit that a branch or tag stands for. */
export const resolveCommit = async (
  hub: Hub,
  { kind, name }: Repository,
  revision: string,
  signal: AbortSignal | undefined,
): Promise<string> => {
  const asked = { name, revision, additionalFields: ['sha' as const], ...access(hub, signal) };
  const { sha } = await (kind === 'dataset' ? datasetInfo(asked) : modelInfo(asked));
  if (!/^[0-9a-f]{40}$/.test(sha ?? '')) throw new Error(`${hub.endpoint} names no commit for ${revision}`);
  return sha;
};

/** All files of a repository at a commit. */
export const listHubFiles = async (
  hub: Hub,
  { kind, name }: Repository,
  commit: string,
  signal: AbortSignal | undefined,
): Promise<HubFile[]> => {
  const files: HubFile[] = [];
  const entries = listFiles({
    repo: { type: kind, name },
    revision: commit,
    recursive: true,
    ...access(hub, signal),
  });
  for await (const entry of entries) {
    if (entry.type !== 'file') continue;
    if (!Number.isSafeInteger(entry.size) || entry.size < 0)
      throw new Error(`the hub states no size for ${entry.path}`);
    if (files.length === MOST_FILES) throw new Error(`the hub lists more than ${MOST_FILES} files`);
    files.push({ path: entry.path, size: entry.size, checksum: checksumOf(entry) });
  }
  return files;
};

/** Guards against a listing without end; the largest datasets of the hub have some ten thousand files a folder. */
const MOST_FILES = 200_000;

const checksumOf = ({ path, oid, lfs }: ListFileEntry): Checksum => {
  if (lfs) return { algorithm: 'sha256', digest: lfs.oid };
  if (oid) return { algorithm: 'git', digest: oid };
  throw new Error(`the hub states no checksum for ${path}`);
};

/** Fetches one file of a repository, unless it is there. */
export const downloadHubFile = (
  hub: Hub,
  repo: Repository,
  commit: string,
  { path, size, checksum }: HubFile,
  rest: Pick<DownloadRequest, 'file' | 'onProgress' | 'signal'>,
): Promise<void> => {
  const file = path.split('/').map(encodeURIComponent).join('/');
  const { fetch } = access(hub, rest.signal);
  return download({
    url: `${hub.endpoint}/${placeOf(repo)}/resolve/${commit}/${file}`,
    size,
    checksum,
    // fetch drops this header where the hub sends it on to another host.
    fetch: (url, init) =>
      fetch(url, {
        ...init,
        headers: { ...init?.headers, ...(hub.token && { Authorization: `Bearer ${hub.token}` }) },
      }),
    ...rest,
  });
};

/** Reason why the hub gave nothing, in one line, with what to do where that is clear. */
export const hubRefusal = (hub: Hub, { kind }: Repository, error: unknown): string | undefined => {
  const status =
    error instanceof HubApiError
      ? error.statusCode
      : error instanceof DownloadRefusal
        ? error.status
        : undefined;
  if (status === undefined) return undefined;
  if (status === 401 || status === 403) {
    return hub.token
      ? `access was denied (${status}) with the token in HF_TOKEN; a gated ${kind}’s terms are accepted on its page`
      : `access was denied (${status}): there is no such ${kind}, or it needs a token in HF_TOKEN`;
  }
  if (status === 404) return `there is no such ${kind}, revision or file (404)`;
  return `the hub answered ${status}`;
};

/** Parameters of @huggingface/hub’s functions, with a limit on the time of an answer. */
const access = ({ endpoint, token, answerMilliseconds }: Hub, signal: AbortSignal | undefined) => ({
  hubUrl: endpoint,
  ...(token !== undefined && { accessToken: token }),
  fetch: async (url: Parameters<typeof fetch>[0], init?: RequestInit): Promise<Response> => {
    const unanswered = new AbortController();
    const timer = setTimeout(
      () => unanswered.abort(new Error(`no answer within ${answerMilliseconds / 1000} s`)),
      answerMilliseconds,
    );
    const signals = [unanswered.signal, signal, init?.signal].filter(signal => !!signal);
    try {
      const headers = new Headers(init?.headers);
      // A listing may name its next page on any host: the token is for the configured one.
      if (new URL(url instanceof Request ? url.url : url).host !== new URL(endpoint).host)
        headers.delete('authorization');
      return await fetch(url, { ...init, headers, signal: AbortSignal.any(signals) });
    } finally {
      clearTimeout(timer);
    }
  },
});
