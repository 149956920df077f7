/**
 * What a kind of fault is; the rows are in `fault-gpu`, `fault-power`, `fault-cooling` and
 * `fault-sensors`. No two kinds write the same column, so that one which ends gives back only what it
 * took: what several can take off is worked out from their columns (`feedPdus`) or kept as reasons
 * (`OFF` of `power-control.ts`).
 */
import type { JobBook } from './jobs.ts';
import type { Layout } from './layout.ts';
import type { SelEntry, State } from './state.ts';

export interface FaultTarget {
  /** Dense index of the entity in its own kind. */
  readonly index: number;
  /** Host of a GPU or PSU (the same as `index` for a host); -1 for the rest. */
  readonly host: number;
}

export interface FaultScope {
  readonly layout: Layout;
  readonly state: State;
  readonly book: JobBook;
}

type FaultOn = 'host' | 'gpu' | 'psu' | 'pdu' | 'ups' | 'crah' | 'cdu';

export interface FaultKind {
  readonly id: string;
  readonly on: FaultOn;
  readonly title: string;
  readonly visible: string;
  /** Default of the fault's `magnitude`, and what it means. */
  readonly magnitude: number;
  readonly magnitudeMeans: string;
  readonly sel?: Omit<SelEntry, 'id' | 'atS'>;
  start(scope: FaultScope, target: FaultTarget, magnitude: number): void;
  stop(scope: FaultScope, target: FaultTarget, magnitude: number): void;
  /** What it does as time goes on; called once a step. */
  step?(scope: FaultScope, target: FaultTarget, magnitude: number, dtS: number): void;
}

export const critical = (sensorType: string, message: string) =>
  ({ severity: 'Critical', sensorType, message }) as const;
