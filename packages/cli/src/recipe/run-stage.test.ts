import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runStage } from './run-stage.js';

let out: string;
let notes: string[];
const terminal = {
  note: (text: string) => void notes.push(text),
  print: () => {},
  progress: () => ({ update: () => {}, stop: () => {} }),
};
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'charter-stage-'));
  notes = [];
});

const stage = (inputs: unknown, run: (folder: string) => Promise<number>) => ({ id: 'sft', inputs, run });

describe('a stage', () => {
  it('runs once for the same settings, and gives its result again', async () => {
    let runs = 0;
    const count = async () => ++runs;
    const first = await runStage({ out, terminal }, stage({ rate: 1 }, count));
    const second = await runStage({ out, terminal }, stage({ rate: 1 }, count));
    expect(second).toEqual(first);
    expect(second.result).toBe(1);
  });

  it('resumes in the same folder after it was stopped', async () => {
    const failing = async (folder: string): Promise<number> => {
      writeFileSync(join(folder, 'checkpoint'), 'half');
      throw new Error('stopped');
    };
    await expect(runStage({ out, terminal }, stage(1, failing))).rejects.toThrow('stopped');
    const listed = await runStage(
      { out, terminal },
      stage(1, async folder => readdirSync(folder).length),
    );
    expect(listed.result).toBe(2);
    expect(readdirSync(out)).toEqual(['sft']);
  });

  it('runs anew for other settings, and keeps every older result', async () => {
    for (const rate of [1, 2, 3])
      await runStage(
        { out, terminal },
        stage({ rate }, async () => rate),
      );
    expect(readdirSync(out).sort()).toEqual(['sft', 'sft.1', 'sft.2']);
    expect(notes).toEqual([
      `sft: settings changed; the earlier result is kept in ${join(out, 'sft.1')}.`,
      `sft: settings changed; the earlier result is kept in ${join(out, 'sft.2')}.`,
    ]);
  });

  it('has a folder for each way in which it was run where those are asked for, and finds each again', async () => {
    const folders = { out, terminal, foldersBy: 'fingerprint' } as const;
    const a = await runStage(
      folders,
      stage({ rate: 1 }, async () => 1),
    );
    const b = await runStage(
      folders,
      stage({ rate: 2 }, async () => 2),
    );
    expect(a.folder).not.toBe(b.folder);
    expect(readdirSync(out)).toEqual(
      expect.arrayContaining([`sft-${a.fingerprint}`, `sft-${b.fingerprint}`]),
    );
    const never = async () => expect.unreachable();
    expect((await runStage(folders, stage({ rate: 1 }, never))).result).toBe(1);
    expect((await runStage(folders, stage({ rate: 2 }, never))).result).toBe(2);
  });
});
