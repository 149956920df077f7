/** Reading stored bytes, synchronously: for start-up, workers, and tests with files of their own. */
import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes that can be read from anywhere; a compressed segment counts as what it unfolds to. */
export interface StoredBytes {
  readonly size: number;
  /**
   * Copies what is there from `at` on, and says how many bytes.
   * @throws Unreadable for a stretch that cannot be had, any other error of the file system
   */
  read(into: Uint8Array, at: number): number;
  close(): void;
}

/** A stretch that the disk or the compression does not give back. */
export class Unreadable extends Error {
  readonly fromOffset: number;
  readonly toOffset: number;
  constructor(message: string, fromOffset: number, toOffset: number) {
    super(message);
    this.fromOffset = fromOffset;
    this.toOffset = toOffset;
  }
}

/** What the reader needs of a file system; synchronous, for start-up and workers. */
export interface StoredFiles {
  /** Names and sizes of the files in a directory; none when there is no such directory. */
  list(dir: string): { readonly name: string; readonly bytes: number }[];
  open(path: string): StoredBytes;
}

/** A failing disk gives errors for single blocks: so much is given up at one of them. */
const UNREADABLE_BYTES = 4096;

export const storedFiles: StoredFiles = {
  list(dir) {
    try {
      return readdirSync(dir).flatMap(name => {
        const bytes = statSync(join(dir, name), { throwIfNoEntry: false })?.size;
        return bytes === undefined ? [] : [{ name, bytes }];
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  },
  open(path) {
    const file = openSync(path, 'r');
    return {
      size: fstatSync(file).size,
      read: (into, at) => readFrom(file, into, at),
      close: () => closeSync(file),
    };
  },
};

function readFrom(file: number, into: Uint8Array, at: number): number {
  let count = 0;
  while (count < into.length) {
    try {
      const step = readSync(file, into, count, into.length - count, at + count);
      if (step === 0) break;
      count += step;
    } catch (error) {
      if (count > 0) break;
      const end = (Math.floor(at / UNREADABLE_BYTES) + 1) * UNREADABLE_BYTES;
      throw new Unreadable((error as Error).message, at, end);
    }
  }
  return count;
}
