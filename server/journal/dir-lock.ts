/**
 * One process writes to a data directory. `LOCK` in it names that process: its id, when it started
 * and under which boot, since ids are given out again. Where the process cannot be looked up (before
 * a reboot, in another container, on another host), it counts as alive while it touches the file.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../user-error.ts';

export interface DirLock {
  /** Whether it still is ours; also says to others that we live. Called every few seconds. */
  touch(): Promise<boolean>;
  release(): Promise<void>;
}

interface DirLockOptions {
  /** A lock that nobody touched for so long, while it was watched, is nobody's. */
  readonly watchMs?: number;
  readonly self?: Holder;
}

interface Holder {
  readonly pid: number;
  /** Start of the process, clock ticks since the boot; '' where there is no /proc. */
  readonly startTicks: string;
  readonly boot: string;
  /** Ids of processes mean something only within one namespace. */
  readonly pidNamespace: string;
  readonly token: string;
}

/** Three times the interval at which `touch` is called. */
const WATCH_MS = 6000;
const WATCH_STEP_MS = 500;
/** An older file needs no watching. */
const LONG_AGO_MS = 60_000;

const LOCK = 'LOCK';
/** Being made: whoever creates it may look at `LOCK` and replace it. */
const NEXT = 'LOCK.next';

/** @throws UserError when a living process holds the directory */
export async function lockDir(dir: string, options: DirLockOptions = {}): Promise<DirLock> {
  const { watchMs = WATCH_MS, self = thisProcess() } = options;
  const path = join(dir, LOCK);
  const next = join(dir, NEXT);
  await writeNext(next, JSON.stringify(self), watchMs);
  try {
    const holder = await readHolder(path);
    if (holder && (await isAlive(holder, path, watchMs))) throw heldBy(holder, dir);
    await rename(next, path);
  } catch (error) {
    if ((await readHolder(next))?.token === self.token) await rm(next, { force: true });
    throw error;
  }
  const isOurs = async () => (await readHolder(path))?.token === self.token;
  if (!(await isOurs())) throw new UserError(`${dir}: another process takes it at this moment`, 1);
  return {
    async touch() {
      if (!(await isOurs())) return false;
      const now = new Date();
      await utimes(path, now, now).catch(() => {});
      return true;
    },
    async release() {
      if (await isOurs()) await rm(path, { force: true });
    },
  };
}

const heldBy = ({ pid }: Holder, dir: string) =>
  new UserError(
    `${dir} is in use by process ${pid}; stop that one, or give this one another --data-dir`,
    1,
  );

async function writeNext(next: string, text: string, watchMs: number): Promise<void> {
  const write = () => writeFile(next, text, { flag: 'wx', mode: 0o640 });
  try {
    await write();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    // Left by a process that died while it took the lock, or made by one that takes it now.
    if (await isTouched(next, watchMs)) {
      throw new UserError(`${next}: another process starts on this directory`, 1);
    }
    await rm(next, { force: true });
    await write();
  }
}

/** Undefined when there is none, or none that can be read: it was cut short by a full disk. */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const holder = JSON.parse(await readFile(path, 'utf8')) as Holder;
    return typeof holder?.pid === 'number' && typeof holder.token === 'string' ? holder : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function isAlive(holder: Holder, path: string, watchMs: number): Promise<boolean> {
  const self = thisProcess();
  const isVisible =
    holder.startTicks !== '' &&
    holder.boot === self.boot &&
    holder.pidNamespace === self.pidNamespace;
  if (isVisible) return startTicksOf(holder.pid) === holder.startTicks;
  return isTouched(path, watchMs);
}

/** Whether someone touches the file, or takes it away, while it is watched. */
async function isTouched(path: string, watchMs: number): Promise<boolean> {
  const touchedMs = () => stat(path).then(({ mtimeMs }) => mtimeMs);
  const gone = () => Number.NaN;
  const before = await touchedMs().catch(gone);
  if (Math.abs(Date.now() - before) > LONG_AGO_MS) return false;
  for (const end = Date.now() + watchMs; Date.now() < end; ) {
    await sleep(Math.min(WATCH_STEP_MS, watchMs));
    if ((await touchedMs().catch(gone)) !== before) return true;
  }
  return false;
}

function thisProcess(): Holder {
  return {
    pid: process.pid,
    startTicks: startTicksOf(process.pid),
    boot: readOr('', () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: readOr('', () => readlinkSync('/proc/self/ns/pid')),
    token: randomUUID(),
  };
}

/** Field 22 of the process's stat; its name, in brackets, may hold anything. '' when it is gone. */
function startTicksOf(pid: number): string {
  const text = readOr('', () => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  // A zombie has let go of its files.
  return fields[0] === 'Z' || fields[0] === 'X' ? '' : (fields[19] ?? '');
}

function readOr(otherwise: string, read: () => string): string {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
