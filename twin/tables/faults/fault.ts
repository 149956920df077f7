/** Short form of a fault row. */
import type { FaultRow } from '../fault-row.ts';

type Spec = Omit<FaultRow, 'severity' | 'source'> & Partial<FaultRow>;

/** A fault that costs what it touches, unless the row says otherwise. */
export const fault = (spec: Spec): FaultRow => ({
  severity: 'fatal',
  source: 'Orrery: state reported by the part or its BMC',
  ...spec,
});
