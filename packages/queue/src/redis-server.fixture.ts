import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

/** A Redis of its own for a test, with an append-only file. */
export interface TestRedis {
  readonly url: string;
  /** Its files. */
  readonly folder: string;
  /** Most memory that it has used, in bytes. */
  peakMemory(): Promise<number>;
  /** kill -9, and a start on the same files. */
  restart(): Promise<void>;
  stop(): void;
}

const freePort = (): Promise<number> =>
  new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

export const startRedis = async ({
  appendfsync = 'always',
}: {
  readonly appendfsync?: 'always' | 'everysec';
} = {}): Promise<TestRedis> => {
  const folder = mkdtempSync(join(tmpdir(), 'charter-redis-'));
  const port = await freePort();
  let server: ChildProcess;
  const start = () =>
    new Promise<void>(resolve => {
      const durable = ['--appendonly', 'yes', '--appendfsync', appendfsync, '--save', ''];
      const where = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder];
      server = spawn('redis-server', [...where, ...durable]);
      server.stdout!.on('data', chunk => {
        if (/Ready to accept connections/.test(`${chunk}`)) resolve();
      });
    });
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    folder,
    async peakMemory() {
      const redis = new Redis(port);
      const memory = await redis.info('memory');
      redis.disconnect();
      return Number(/used_memory_peak:(\d+)/.exec(memory)![1]);
    },
    async restart() {
      const ended = new Promise(resolve => server.once('close', resolve));
      server.kill('SIGKILL');
      await ended;
      await start();
    },
    stop() {
      server.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
