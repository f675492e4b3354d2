import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { readJsonlPositions, writeAtomically } from '@charter/core/node';

/** Bytes that are written at a time. */
const CHUNK = 1 << 20;

/**
 * Puts the rows of a finished JSONL file in the order of their `index`, and of their `key` where several runs share a
 * file. They are appended in the order in which they are done, which differs from run to run; training shuffles by
 * place, so the same seed must give the same file.
 *
 * The file is replaced in one step: a process that is killed leaves the old one or the new one. Memory holds each
 * row's place, not the row.
 *
 * @throws {JsonlError} naming file and line of what is not a JSON object
 */
export const orderRows = async (file: string): Promise<void> => {
  const rows: { index: number; key: string; start: number; length: number }[] = [];
  for await (const { row, start, length } of readJsonlPositions(file)) {
    rows.push({ index: Number(row.index ?? 0), key: String(row.key ?? ''), start, length });
  }
  const ordered = rows.toSorted((a, b) => a.index - b.index || Number(a.key > b.key) - Number(a.key < b.key));
  if (ordered.every((row, i) => row === rows[i])) return;

  // A link stays a link.
  const target = await realpath(file);
  const from = await open(target, 'r');
  const inOrder = async (to: FileHandle) => {
    await to.chmod((await stat(target)).mode);
    let chunk: Buffer[] = [];
    let size = 0;
    const write = async () => {
      await to.appendFile(Buffer.concat(chunk));
      chunk = [];
      size = 0;
    };
    for (const { start, length } of ordered) {
      const { buffer } = await from.read(Buffer.allocUnsafe(length), 0, length, start);
      chunk.push(buffer, LINE_FEED);
      size += length;
      if (size >= CHUNK) await write();
    }
    await write();
  };
  await writeAtomically(target, inOrder).finally(() => from.close());
};

const LINE_FEED = Buffer.from('\n');
