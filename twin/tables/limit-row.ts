/** What a limit is; the rows are in `limits.ts`. */
import type { Kind } from './kinds.ts';

export interface LimitRow {
  readonly id: string;
  readonly title: string;
  /** What is so when it does not hold, where the title says what must: `Link down`. */
  readonly broken?: string;
  /**
   * capacity: a plane's load must stay within it (power, cooling, network: closes over layers).
   * bound: a signal must stay at or below (`max`) or at or above (`min`) a value.
   * uniform: a signal must be equal over the parts of one whole (`within`).
   * ratio: one signal over another must stay within the value.
   * separation: a distance between entities must be at least the value.
   */
  readonly kind: 'capacity' | 'bound' | 'uniform' | 'ratio' | 'separation';
  readonly at: readonly Kind[];
  /** Signal judged; for capacity the load signal of the plane. */
  readonly signal: string;
  readonly plane?: 'power' | 'cooling' | 'network';
  readonly over?: string;
  readonly within?: Kind;
  /** For uniform limits: only things of one class are compared with each other. */
  readonly groupBy?: 'class';
  readonly compare: 'max' | 'min';
  /** Default value in the signal's unit; absent: only classes and inventories set it. */
  readonly value?: number;
  /** Value from a figure of the entity's class times a factor: `{figure: 'powerMaxW', factor: 1}`. */
  readonly fromClass?: {
    readonly figure: string;
    readonly factor?: number;
    readonly plus?: number;
  };
  readonly hard: boolean;
  readonly severity: 'info' | 'warning' | 'critical';
  /** The value is a code whose row in the faults table gives the severity instead. */
  readonly severityFrom?: 'faults';
  /** The breach must last this long before it is an alert. */
  readonly forS: number;
  /** The value must come back by this much of the limit (ratio) before the alert ends. */
  readonly hysteresisRatio: number;
  readonly source: string;
  /** Heading in docs/runbooks.md. */
  readonly runbook: string;
}
