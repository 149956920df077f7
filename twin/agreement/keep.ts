/** What each part of the comparison has learnt, as flat columns and a note of what is not flat. */
import type { Parts } from '../parts.ts';
import type { Column } from '../state/sections.ts';

export interface Kept<Notes> {
  /** The columns themselves, always in the same order: to be read, or filled from what was stored. */
  readonly columns: readonly Column[];
  /** Plain values; numbers need not be finite. */
  notes(): Notes;
  recall(notes: Notes): void;
  /** What is flat and of any length, and how it is taken back. */
  readonly loose?: { pack(): Parts<Float64Array>; unpack(packed: Float64Array): Parts };
}

/** Of whichever notes. */
export interface AnyKept extends Omit<Kept<unknown>, 'recall'> {
  recall(notes: never): void;
}

/** JSON knows no NaN and no infinity: they are spelt, and no text of ours is spelt like them. */
const SPELT: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

/** Plain values with the numbers that JSON does not know spelt. */
export const spell = (value: unknown): unknown =>
  walk(value, leaf => (typeof leaf === 'number' && !Number.isFinite(leaf) ? `${leaf}` : leaf));

/** The reverse of `spell`. */
export const unspell = (value: unknown): unknown =>
  walk(value, leaf => (typeof leaf === 'string' ? (SPELT.get(leaf) ?? leaf) : leaf));

function walk(value: unknown, change: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(each => walk(each, change));
  if (value === null || typeof value !== 'object') return change(value);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, walk(each, change)]));
}
