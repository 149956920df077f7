/**
 * The file system as the journal's writer uses it. Nothing blocks the event loop. Tests put others
 * in its place: full, slow, failing, or forgetting what was not synced.
 */
import { close, constants, fdatasync, fsync, ftruncate, open, writev } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type StoredFiles, storedFiles } from './stored-files.ts';

export interface LogFile {
  /** Writes at an offset. @returns bytes written, which may be fewer than there are */
  write(buffers: readonly Uint8Array[], at: number): Promise<number>;
  /** Content and size; times may be lost. */
  datasync(): Promise<void>;
  sync(): Promise<void>;
  truncate(bytes: number): Promise<void>;
  close(): Promise<void>;
}

/** Errors are those of the system, with a `code`. */
export interface LogFiles extends StoredFiles {
  /** As `list`, without blocking. */
  sizes(dir: string): Promise<{ readonly name: string; readonly bytes: number }[]>;
  /** No error when there is one. */
  makeDir(path: string): Promise<void>;
  /** Fails with EEXIST when there is one. */
  create(path: string): Promise<LogFile>;
  openExisting(path: string): Promise<LogFile>;
  /** No error when there is none. */
  remove(path: string): Promise<void>;
  /** Makes what was created and removed in a directory outlast a power cut. */
  syncDir(path: string): Promise<void>;
}

type Done<T> = (error?: NodeJS.ErrnoException | null, value?: T) => void;

/** The callback functions cost half of what `node:fs/promises` does, and commits are many. */
const promised = <T>(start: (done: Done<T>) => void) =>
  new Promise<T>((resolve, reject) =>
    start((error, value) => (error ? reject(error) : resolve(value as T))),
  );

const openWith = (path: string, flags: string | number) =>
  promised<number>(done => open(path, flags, 0o640, done));

/**
 * Linux syncs with the write itself what is opened so, which spares a commit a second journey to a
 * thread and back: a sixth of its CPU time, a fifth of its waiting. Elsewhere it is fdatasync that
 * also has the drive empty its cache.
 */
const WRITES_SYNC = process.platform === 'linux';
const TO_APPEND =
  constants.O_CREAT | constants.O_EXCL | constants.O_RDWR | (WRITES_SYNC ? constants.O_DSYNC : 0);

export const logFiles: LogFiles = {
  ...storedFiles,
  async sizes(dir) {
    const entries = (await readdir(dir)).map(async name => {
      const bytes = await stat(join(dir, name)).then(
        ({ size }) => size,
        () => undefined,
      );
      return bytes === undefined ? [] : [{ name, bytes }];
    });
    return (await Promise.all(entries)).flat();
  },
  makeDir: async path => void (await mkdir(path, { recursive: true })),
  create: async path => fileOf(await openWith(path, TO_APPEND), WRITES_SYNC),
  openExisting: async path => fileOf(await openWith(path, 'r+')),
  remove: path => rm(path, { force: true }),
  async syncDir(path) {
    const dir = fileOf(await openWith(path, 'r'));
    await dir.sync().finally(() => dir.close());
  },
};

const fileOf = (file: number, writesSync = false): LogFile => ({
  write: (buffers, at) => promised<number>(done => writev(file, buffers, at, done)),
  datasync: () => (writesSync ? Promise.resolve() : settled(done => fdatasync(file, done))),
  sync: () => settled(done => fsync(file, done)),
  truncate: bytes => settled(done => ftruncate(file, bytes, done)),
  close: () => settled(done => close(file, done)),
});

const settled = (start: (done: (error: NodeJS.ErrnoException | null) => void) => void) =>
  promised<void>(done => start(error => done(error)));
