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

/** What to do, as one says it to who is on call; empty where nothing is to be done. */
export const REMEDY_WORDS: Readonly<Record<Remedy, string>> = {
  none: '',
  findRoot: 'look for the error before it',
  followRecoveryAction: 'follow the recovery action that the driver names',
  restartApp: 'restart the application',
  resetAtNextChance: 'reset the GPU once it is free',
  resetGpu: 'reset the GPU',
  drainReset: 'drain the host and reset the GPU',
  restartVm: 'restart the virtual machine',
  restartHost: 'drain and restart the host',
  nvlinkWorkflow: 'drain the host and check its NVLink fabric',
  softwareUpdate: 'update driver and firmware',
  checkPower: 'check the power cables',
  checkCabling: 'check the cabling',
  checkCooling: 'check the cooling',
  checkSensor: 'check the sensor',
  resetBmc: 'reset the BMC',
  replacePart: 'replace the part',
  service: 'call the service of the vendor',
};

/** A row of the catalogue; nothing but its own test reads `kinds` and `disputed`: they are for people. */
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
  /** misread: the thing is well, its measurement is not. */
  readonly effect: 'none' | 'degraded' | 'lost' | 'misread';
  readonly remedy: Remedy;
  readonly source: string;
  /** How sources disagree, where they do. */
  readonly disputed?: string;
}
