/** What a decoder of one format version is given, and what it tells. */
import type { Damage, Layout, LogPosition, LogVisitor } from './contract.ts';
import type { SegmentHeader } from './format.ts';
import type { Window } from './window.ts';

/** Of a whole log, across its segments. */
export interface LogReading {
  /** The layout last told; key 0 for none. */
  layout: { readonly text: string; readonly key: number };
  end: LogPosition;
  records: number;
  rows: number;
  tornBytes: number;
  readonly damages: Damage[];
  /** Of the damages, how many are in front of `end`. */
  damagesToEnd: number;
}

export interface SegmentReading {
  readonly log: LogReading;
  readonly visitor: LogVisitor;
  readonly number: number;
  readonly salt: number;
  readonly window: Window;
  /** Records that begin in `[from, to)` are wanted. */
  readonly from: number;
  readonly to: number;
  /** Where the segment ends. */
  readonly limit: number;
  /** Why there was no good record where the decoder last looked. */
  problem: string;
  /** Whether the stretch looked through could not be read at all, in part. */
  isUnreadable: boolean;
  /** A layout that the segment before or behind begins with. */
  layoutNear(key: number): { readonly text: string; readonly layout: Layout } | undefined;
  damaged(fromOffset: number, toOffset: number, why: string): void;
  passed(offset: number, clockMs: number): void;
  /** No good record begins at `offset` or behind it, though the segment goes on. */
  ended(offset: number, why: string): void;
}

export interface Decoder {
  readonly headerBytes: number;
  header(bytes: Uint8Array): SegmentHeader | undefined;
  read(reading: SegmentReading): void;
}
