/** Faults: what may break, what it costs, what helps. Where sources disagree, rows say so. */
import type { FaultRow } from './fault-row.ts';
import { FACILITY_FAULTS } from './faults/facility.ts';
import { HARDWARE_FAULTS } from './faults/hardware.ts';
import { XID_FAULTS } from './faults/xid.ts';

export const FAULTS: readonly FaultRow[] = [...XID_FAULTS, ...HARDWARE_FAULTS, ...FACILITY_FAULTS];

const BY_ID: ReadonlyMap<string, FaultRow> = new Map(FAULTS.map(row => [row.id, row]));

/** The fault of that id, or undefined; XIDs are `xid-79`. */
export const faultById = (id: string): FaultRow | undefined => BY_ID.get(id);
