// Preloaded into a process: kills it (SIGKILL) at the file operation number KILL_AT that changes KILL_FOLDER, and writes
// the number of operations to KILL_COUNT when it ends by itself. A write counts three times: before, half done, done.
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { resolve } from 'node:path';

const { KILL_AT, KILL_FOLDER, KILL_COUNT } = process.env;
let count = 0;

const point = halfDone => {
  count += 1;
  if (count !== Number(KILL_AT)) return;
  halfDone?.();
  process.kill(process.pid, 'SIGKILL');
  for (;;);
};

const isWatched = path => typeof path === 'string' && resolve(path).startsWith(KILL_FOLDER);

const half = data => {
  const bytes = Buffer.from(data);
  return bytes.subarray(0, Math.floor(bytes.length / 2));
};

const wrap = (owner, name, around) => {
  const original = owner[name].bind(owner);
  owner[name] = (...args) => around(original, ...args);
};

for (const name of ['copyFile', 'cp', 'mkdir', 'mkdtemp', 'rename', 'rm', 'truncate', 'unlink']) {
  wrap(promises, name, async (original, path, ...rest) => {
    if (!isWatched(path)) return original(path, ...rest);
    point();
    const result = await original(path, ...rest);
    point();
    return result;
  });
}

for (const [name, writeSync] of [
  ['writeFile', fs.writeFileSync],
  ['appendFile', fs.appendFileSync],
]) {
  wrap(promises, name, async (original, path, data, ...rest) => {
    if (!isWatched(path)) return original(path, data, ...rest);
    point();
    point(() => writeSync(path, half(data)));
    await original(path, data, ...rest);
    point();
  });
}

wrap(promises, 'open', async (original, path, flags = 'r', ...rest) => {
  const handle = await original(path, flags, ...rest);
  if (flags === 'r' || !isWatched(path)) return handle;
  point();
  for (const name of ['write', 'writeFile', 'appendFile']) {
    wrap(handle, name, (write, data, ...others) => {
      point();
      point(() => fs.writeSync(handle.fd, half(data)));
      return write(data, ...others);
    });
  }
  for (const name of ['truncate', 'sync', 'datasync']) {
    wrap(handle, name, (change, ...args) => {
      point();
      return change(...args);
    });
  }
  return handle;
});

syncBuiltinESMExports();
process.on('exit', () => {
  if (KILL_COUNT) fs.writeFileSync(KILL_COUNT, `${count}`);
});
