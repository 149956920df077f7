/** Scripts of the package that people and supervisors start. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { promisify } from 'node:util';
import manifest from '../../package.json' with { type: 'json' };

test('a signal to what npm starts reaches the service, not only the shell between', async () => {
  // The shell is told to become the program: npm hands its signal to the shell alone.
  const script = manifest.scripts.start.replace(/node .*/, 'sleep 60');
  const shell = spawn('sh', ['-c', `${script} 2>&1`]);
  await once(shell, 'spawn');
  await new Promise(resolve => setTimeout(resolve, 300));
  const { stdout } = await promisify(execFile)('ps', ['-o', 'comm=', '-p', String(shell.pid)]);
  shell.kill();
  assert.equal(stdout.trim(), 'sleep');
});
