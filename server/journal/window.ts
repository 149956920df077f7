/** A piece of a segment in memory, moved along as the reader goes. */
import { aligned } from './format.ts';
import { type StoredBytes, Unreadable } from './stored-files.ts';

const WINDOW_BYTES = 2 ** 20;

export interface Window {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly steps: Int32Array;
  readonly numbers: Float64Array;
  /** Offset in the segment of the first byte, a multiple of 8. */
  readonly from: number;
  /** Why the last `has` was false; undefined where the segment just ends. */
  readonly unreadable: Unreadable | undefined;
  /** Whether `[at, at + count)` is in the window now; `at` is a multiple of 8. */
  has(at: number, count: number): boolean;
}

export function createWindow(stored: StoredBytes): Window {
  let buffer = new ArrayBuffer(Math.min(WINDOW_BYTES, aligned(stored.size)));
  const window = { ...viewsOf(buffer), from: 0, unreadable: undefined as Unreadable | undefined };
  let end = 0;

  function fill(at: number, count: number): boolean {
    if (at + count > stored.size) return false;
    if (count > buffer.byteLength) {
      buffer = new ArrayBuffer(Math.ceil(count / WINDOW_BYTES) * WINDOW_BYTES);
      Object.assign(window, viewsOf(buffer));
    }
    window.from = at;
    end = at;
    while (end < at + count) {
      const step = stored.read(window.bytes.subarray(end - at), end);
      // Shorter than it said that it is: someone cut it meanwhile.
      if (step === 0) return false;
      end += step;
    }
    return true;
  }

  return Object.assign(window, {
    has(at: number, count: number) {
      window.unreadable = undefined;
      if (at >= window.from && at + count <= end) return true;
      try {
        return fill(at, count);
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        window.unreadable = error;
        return false;
      }
    },
  });
}

const viewsOf = (buffer: ArrayBuffer) => ({
  bytes: new Uint8Array(buffer),
  words: new Uint32Array(buffer),
  steps: new Int32Array(buffer),
  numbers: new Float64Array(buffer),
});
