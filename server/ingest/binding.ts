/**
 * What the composition root injects: where a series goes (`Bind`) and what takes its values
 * (`CellWriter`). The rows of `mapping.ts` and the aliases are behind `Bind`; it is asked once when
 * a series is first seen, not for each sample.
 */
import type { ShedClass } from '../../twin/index.ts';
import type { Labels, PageSource } from './contract.ts';

type Mode = 'gauge' | 'rate' | 'increase1h';
type Combine = 'sum' | 'mean' | 'max' | 'min';

/** Where the samples of a series go, and how they are converted and judged on the way. */
export interface Binding {
  /** Dense index of the entity in the current topology generation. */
  readonly entity: number;
  /** Index of the entity's value of this signal in the state. */
  readonly cell: number;
  /** Index into `SIGNALS`. */
  readonly signal: number;
  /** To the signal's unit: x scale + offset, after `mode` and `combine`. */
  readonly scale: number;
  readonly offset: number;
  readonly mode: Mode;
  /** Several series of one cell make its value; without it each sample is the value. */
  readonly combine?: Combine;
  readonly shed: ShedClass;
  /** Physically possible values in the signal's unit, inclusive. */
  readonly min: number;
  readonly max: number;
  /** A member of a combined cell that is silent for longer leaves it. */
  readonly staleAfterS: number;
  /** For a text signal: the index of the text, which is the value whenever the sample is not 0. */
  readonly text?: number;
  /** Precedence among those who can feed the cell, the least first; 0 unless given. */
  readonly rank?: number;
}

/**
 * Where a series goes; null when its entity is unknown, 'ignored' when no row has a use for it.
 * `labels` is without `__name__` and without the label that tells HA replicas apart, and has the
 * labels that the scrape adds.
 */
export type Bind = (name: string, labels: Labels, source: PageSource) => Bound;

export type Bound = Binding | 'ignored' | null;

/** The newest values of the model. Times are epoch ms; a value outside the signal's range never
 * arrives here. */
export interface CellWriter {
  /**
   * Whether the cell listens to this rank at this time: two exporters of one quantity must not
   * write it in turn. Without it every rank is heard.
   */
  admits?(cell: number, rank: number, atMs: number, staleAfterMs: number): boolean;
  /** Takes a value that is not older than the cell's. */
  write(cell: number, entity: number, value: number, atMs: number): void;
  /** The series of this rank ended: what it wrote stays readable, with its time, as stale. */
  markStale(cell: number, entity: number, atMs: number, rank: number): void;
  /** Time of the cell's newest value; NaN or -Infinity when there is none. */
  timeAt(cell: number): number;
  valueAt(cell: number): number;
}

/** A late sample, in the signal's unit: older than the newest value, so for the history only. */
export type OnLate = (cell: number, entity: number, value: number, atMs: number) => void;
