/** Scripts of the package that people and supervisors start. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { promisify } from 'node:util';
import manifest from '../../package.json' with { type: 'json' };

test('a signal to what npm starts reaches the service, not only the shell between', async () => {
  // The shell is told to become the program: npm hands its signal to the shell alone.
  const script = manifest.scripts.start.replace(/node .*/, 'cat');
  const shell = spawn('sh', ['-c', `${script} 2>&1`]);
  shell.stdin.write('there?');
  await once(shell.stdout, 'data');
  const { stdout } = await promisify(execFile)('ps', ['-o', 'comm=', '-p', String(shell.pid)]);
  shell.kill();
  // ends what a shell that had not become it would leave behind
  shell.stdin.end();
  assert.equal(stdout.trim(), 'cat');
});
