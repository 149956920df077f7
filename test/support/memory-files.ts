/**
 * A disk in memory that can lose its power: of what was not synced, every page may be there or not,
 * every name may be there or not.
 */
import { basename, dirname } from 'node:path';
import type { LogFile, LogFiles } from '../../server/journal/log-files.ts';
import type { StoredBytes } from '../../server/journal/stored-files.ts';
import type { Dice } from './dice.ts';

interface Stored {
  now: Uint8Array;
  synced: Uint8Array;
}

export interface MemoryDisk {
  readonly files: LogFiles;
  /** Operations so far. */
  readonly count: number;
  /** Cuts the power in the middle of operation number `at`; everything fails from there on. */
  cutAt(at: number): void;
  /** What a machine finds there once the power is back. */
  afterCut(dice: Dice): MemoryDisk;
  /** Content of a file as it is now; for damaging it. */
  bytesOf(path: string): Uint8Array;
  put(path: string, bytes: Uint8Array): void;
}

const PAGE_BYTES = 512;
const errno = (code: string, path: string) =>
  Object.assign(new Error(`${code}: ${path}`), { code });

export function createMemoryDisk(dice: Dice, found: ReadonlyMap<string, Uint8Array> = new Map()) {
  const names = new Map<string, Stored>();
  for (const [path, bytes] of found) names.set(path, { now: bytes, synced: bytes });
  let syncedNames = new Map(names);
  let count = 0;
  let cut = Number.POSITIVE_INFINITY;

  /** Runs an operation; in the one that the power goes in, `partly` says what of it was done. */
  async function step<T>(run: () => T, partly: () => void = () => {}): Promise<T> {
    if (count > cut) throw errno('EIO', 'no power');
    if (count++ === cut) {
      partly();
      throw errno('EIO', 'the power goes');
    }
    return run();
  }
  const maybe = (run: () => void) => () => {
    if (dice(2) === 0) run();
  };
  const existing = (path: string) => {
    const stored = names.get(path);
    if (!stored) throw errno('ENOENT', path);
    return stored;
  };
  const inDir = (dir: string) => [...names].filter(([path]) => dirname(path) === dir);
  const list = (dir: string) =>
    inDir(dir).map(([path, { now }]) => ({ name: basename(path), bytes: now.length }));
  const sync = (stored: Stored) => () => {
    stored.synced = stored.now;
  };
  const syncDir = (dir: string) => () => {
    const others = [...syncedNames].filter(([path]) => dirname(path) !== dir);
    syncedNames = new Map([...others, ...inDir(dir)]);
  };
  const fileOf = (stored: Stored): LogFile => ({
    write(buffers, at) {
      const bytes = Buffer.concat(buffers);
      const put = (length: number) => {
        stored.now = written(stored.now, bytes.subarray(0, length), at);
        return length;
      };
      return step(
        () => put(bytes.length),
        () => void put(dice(bytes.length + 1)),
      );
    },
    datasync: () => step(sync(stored), maybe(sync(stored))),
    sync: () => step(sync(stored), maybe(sync(stored))),
    truncate(bytes) {
      const shorten = () => {
        stored.now = resized(stored.now, bytes);
      };
      return step(shorten, maybe(shorten));
    },
    close: () => Promise.resolve(),
  });

  const files: LogFiles = {
    list,
    open: path => storedBytes(existing(path).now),
    sizes: dir => Promise.resolve(list(dir)),
    makeDir: () => Promise.resolve(),
    create: path =>
      step(() => {
        if (names.has(path)) throw errno('EEXIST', path);
        const stored = { now: new Uint8Array(0), synced: new Uint8Array(0) };
        names.set(path, stored);
        return fileOf(stored);
      }),
    openExisting: path => step(() => fileOf(existing(path))),
    remove: path => step(() => void names.delete(path)),
    syncDir: dir => step(syncDir(dir), maybe(syncDir(dir))),
  };

  const disk: MemoryDisk = {
    files,
    get count() {
      return count;
    },
    cutAt: at => {
      cut = at;
    },
    afterCut(after) {
      const left = new Map<string, Uint8Array>();
      for (const path of new Set([...names.keys(), ...syncedNames.keys()])) {
        const candidates = [names.get(path), syncedNames.get(path)];
        const stored = candidates[after(2)];
        if (stored) left.set(path, survivorOf(stored, after));
      }
      return createMemoryDisk(after, left);
    },
    bytesOf: path => existing(path).now,
    put(path, bytes) {
      const stored = { now: bytes, synced: bytes };
      names.set(path, stored);
      syncedNames.set(path, stored);
    },
  };
  return disk;
}

function written(before: Uint8Array, bytes: Uint8Array, at: number): Uint8Array {
  const after = resized(before, Math.max(before.length, at + bytes.length));
  after.set(bytes, at);
  return after;
}

function resized(before: Uint8Array, length: number): Uint8Array {
  const after = new Uint8Array(length);
  after.set(before.subarray(0, length));
  return after;
}

function survivorOf({ now, synced }: Stored, dice: Dice): Uint8Array {
  if (now === synced) return now;
  const [low, high] = [now.length, synced.length].sort((a, b) => a - b);
  const sizes = [now.length, synced.length, low + dice(high - low + 1)];
  const left = resized(synced, sizes[dice(3)]);
  for (let at = 0; at < left.length; at += PAGE_BYTES) {
    const page = now.subarray(at, Math.min(at + PAGE_BYTES, left.length));
    if (dice(2) === 0) left.set(page, at);
  }
  return left;
}

export const storedBytes = (bytes: Uint8Array): StoredBytes => ({
  size: bytes.length,
  read(into, at) {
    const piece = bytes.subarray(at, at + into.length);
    into.set(piece);
    return piece.length;
  },
  close() {},
});
