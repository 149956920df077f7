/** Short form of a fault row. */
import type { FaultRow } from '../fault-row.ts';

type Spec = Omit<FaultRow, 'severity' | 'transient' | 'source'> & Partial<FaultRow>;

/** A lasting fault that costs what it touches, unless the row says otherwise. */
export const fault = (spec: Spec): FaultRow => ({
  severity: 'fatal',
  transient: false,
  source: 'Orrery: state reported by the part or its BMC',
  ...spec,
});
