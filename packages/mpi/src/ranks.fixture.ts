import { openMpi } from './open-mpi.js';

/** A rank of the tests: prints what the calls gave it, as one line of JSON. `hang` stays away from the second barrier. */
const [, , mode, timeout] = process.argv;
const collective = await openMpi({ ...(timeout && { timeout: Number(timeout) }) });
const { rank, size, version } = collective;
await collective.barrier();
if (mode === 'hang' && rank === 1) await new Promise(resolve => setTimeout(resolve, 60_000));
if (mode === 'killed' && rank === 1) process.kill(process.pid, 'SIGKILL');
try {
  const floats = Float32Array.from({ length: 100_003 }, (_, i) => Math.sin(i + rank));
  await collective.allReduce(floats);
  const expected = Array.from(floats, (_, i) =>
    Array.from({ length: size }, (_, r) => Math.fround(Math.sin(i + r))).reduce((a, b) => a + b),
  );
  const error = Math.max(...expected.map((value, i) => Math.abs(value - floats[i]!)));
  const doubles = Float64Array.of(rank, 0.1);
  await collective.allReduce(doubles);
  const bytes = Uint8Array.of(rank === 0 ? 7 : 0, rank);
  await collective.broadcast(bytes);
  await collective.close();
  process.stdout.write(
    `${JSON.stringify({ rank, size, version, error, doubles: [...doubles], bytes: [...bytes] })}\n`,
  );
} catch (problem) {
  process.stdout.write(`${JSON.stringify({ rank, problem: (problem as Error).message })}\n`);
  process.kill(process.pid, 'SIGKILL');
}
