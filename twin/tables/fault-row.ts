/** What a fault is; the rows are in `faults.ts`. */
import type { Kind } from './kinds.ts';

export type Remedy =
  | 'none'
  | 'findRoot'
  | 'followRecoveryAction'
  | 'restartApp'
  | 'resetAtNextChance'
  | 'resetGpu'
  | 'drainReset'
  | 'restartVm'
  | 'restartHost'
  | 'nvlinkWorkflow'
  | 'softwareUpdate'
  | 'checkPower'
  | 'checkCabling'
  | 'checkCooling'
  | 'checkSensor'
  | 'resetBmc'
  | 'replacePart'
  | 'service';

export interface FaultRow {
  readonly id: string;
  readonly title: string;
  readonly kinds: readonly Kind[];
  /** Signal that shows the fault, where one does. */
  readonly signal?: string;
  /** For faults reported by number: the value of `signal`. */
  readonly code?: number;
  /** fatal: what runs there is lost or cannot go on; unclassified: no source says. */
  readonly severity: 'fatal' | 'nonFatal' | 'info' | 'unclassified';
  /** It passes without a repair. */
  readonly transient: boolean;
  /** misread: the thing is well, its measurement is not. */
  readonly effect: 'none' | 'degraded' | 'lost' | 'misread';
  readonly remedy: Remedy;
  readonly source: string;
  /** How sources disagree, where they do. */
  readonly disputed?: string;
}
