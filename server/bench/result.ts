/** What every benchmark gives. */
import type { Calibration, Machine } from './machine.ts';

export type BenchSize = 'small' | 'reference';

export interface BenchResult {
  readonly name: string;
  readonly params: object;
  readonly figures: object;
  readonly machine: Machine;
  readonly calibration: Calibration;
  /** Of what was worked out: the same for the same params, however fast. */
  readonly hash: string;
}
