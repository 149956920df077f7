/** Real programs of others (Prometheus, InfluxDB) run by a test on loopback, in a folder of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

export function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some(dir => {
    try {
      accessSync(join(dir, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Reason to skip a test that needs these programs, or false. Under CI nothing is skipped: the test
 * then fails where it starts the missing program.
 */
export function skipWithout(...programs: string[]): string | false {
  const missing = programs.filter(program => !isInstalled(program));
  if (missing.length === 0 || process.env.CI === 'true') return false;
  return `not installed: ${missing.join(', ')}`;
}

export const temporaryDir = (name: string) => mkdtemp(join(tmpdir(), `orrery-${name}-`));

/** A port that nobody holds now, for a program that takes no 0. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export interface OutsideProcess {
  readonly dir: string;
  /** Ends the program and removes its folder. */
  stop(): Promise<void>;
}

/** Starts a program in `dir`; `ready` is asked until it holds. */
export async function startProgram(
  program: string,
  args: readonly string[],
  dir: string,
  ready: () => Promise<boolean>,
): Promise<OutsideProcess> {
  const child = spawn(program, args, { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-4000);
  });
  child.on('error', error => {
    log += String(error);
  });
  const stop = async () => {
    await ended(child);
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await until(`${program} to be ready`, 20_000, async () => {
      if (child.exitCode !== null || child.pid === undefined) throw new Error(`${program}: ${log}`);
      return ready().catch(() => false);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { dir, stop };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const exit = new Promise(done => child.once('exit', done));
  child.kill('SIGTERM');
  const hard = setTimeout(() => child.kill('SIGKILL'), 5000);
  await exit;
  clearTimeout(hard);
}

/** @throws Error when `holds` is not true in time. */
export async function until(
  what: string,
  withinMs: number,
  holds: () => Promise<boolean>,
): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited ${withinMs} ms in vain for ${what}`);
    await new Promise(done => setTimeout(done, 100));
  }
}

/** Output of a program that ends by itself. @throws with its output where it fails. */
export const runProgram = promisify(execFile);
