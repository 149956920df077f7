/** Faults: what may break, what it costs, what helps. Sources disagree, so sites may override. */
import type { FaultRow } from './fault-row.ts';
import { FACILITY_FAULTS } from './faults/facility.ts';
import { HARDWARE_FAULTS } from './faults/hardware.ts';
import { XID_FAULTS } from './faults/xid.ts';

/** Raised when a row changes meaning, so that stored verdicts can say which table they used. */
export const FAULTS_VERSION = 1;

export const FAULTS: readonly FaultRow[] = [...XID_FAULTS, ...HARDWARE_FAULTS, ...FACILITY_FAULTS];

const BY_ID: ReadonlyMap<string, FaultRow> = new Map(FAULTS.map(row => [row.id, row]));

/** The fault of that id, or undefined; XIDs are `xid-79`. */
export const faultById = (id: string): FaultRow | undefined => BY_ID.get(id);

export type FaultOverride = Partial<Pick<FaultRow, 'severity' | 'transient' | 'effect' | 'remedy'>>;

/**
 * The table with a site's own verdicts.
 * @throws RangeError for an override of a fault that does not exist.
 */
export function faultsWith(overrides: Readonly<Record<string, FaultOverride>>): FaultRow[] {
  for (const id of Object.keys(overrides)) {
    if (!BY_ID.has(id)) throw new RangeError(`unknown fault '${id}' in the overrides`);
  }
  return FAULTS.map(row =>
    Object.hasOwn(overrides, row.id)
      ? { ...row, ...overrides[row.id], source: 'Override of the site' }
      : row,
  );
}
