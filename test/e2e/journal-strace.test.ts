/** The order at the level of system calls: written, synced with success, and only then acknowledged. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runProgram, skipWithout, temporaryDir } from '../support/outside-process.ts';
import { judgeTrace } from '../support/strace-log.ts';

const CHILD = fileURLToPath(new URL('../support/journal-child.ts', import.meta.url));
const CALLS = 'openat,write,pwrite64,writev,pwritev,pwritev2,fdatasync,fsync,sendto';

const dirs: string[] = [];
after(() => Promise.all(dirs.map(dir => rm(dir, { recursive: true, force: true }))));

test('no acknowledgement before its sync', { skip: skipWithout('strace') }, async t => {
  const dir = await temporaryDir('journal-strace');
  dirs.push(dir);
  const trace = join(dir, 'trace');
  const options = ['-f', '-o', trace, '-e', `trace=${CALLS}`, '-s', '60'];
  // No kill: it ends after 40 commits.
  const child = [process.execPath, CHILD, dir, '1000000', '7'];
  try {
    await runProgram('strace', [...options, ...child]);
  } catch (error) {
    if (!/ptrace|Operation not permitted/i.test(String(error))) throw error;
    return t.skip('tracing is not permitted here');
  }
  const text = readFileSync(trace, 'utf8');
  assert.deepEqual(judgeTrace(text), { acks: 40, faults: [] });

  // The same trace, had the journal been careless: each of these must be noticed.
  const faultsWhere = (change: (text: string) => string) => judgeTrace(change(text)).faults.length;
  const lacking = (call: RegExp) => (all: string) =>
    all
      .split('\n')
      .filter(line => !call.test(line))
      .join('\n');
  const careless = faultsWhere(all => all.replaceAll('|O_DSYNC', ''));
  assert.ok(careless > 30, 'rows are not synced');
  assert.ok(faultsWhere(lacking(/pwrite/)) > 30, 'rows are not written');
  assert.ok(faultsWhere(lacking(/\bfsync/)) > 30, 'neither file nor directory is synced');
  const failed = faultsWhere(all => all.replaceAll(/(pwrite.*\)\s+)= \d+/g, '$1= -1 EIO'));
  assert.ok(failed > 30, 'a write that failed');
});
