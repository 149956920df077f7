/**
 * Best estimates: which measuring points make a quantity, most trusted first. The estimate takes
 * the first current one, else the first stale one; where all are missing the model steps in.
 * Quantities above a host come from roll-up, and those with one measuring point need no row.
 */
import type { Kind } from './kinds.ts';

interface EstimateRow {
  readonly signal: string;
  readonly kind: Kind;
  readonly from: readonly string[];
  /** Nothing else ever says it: it is the one measuring point, cell for cell. */
  readonly isPoint?: true;
}

export const ESTIMATES: readonly EstimateRow[] = [
  { signal: 'powerW', kind: 'gpu', from: ['gpuPowerW'], isPoint: true },
  // the BMC sees the whole input at its own pace; DCMI averages; outlets include the cords' loss
  {
    signal: 'powerW',
    kind: 'host',
    from: ['bmcPowerW', 'dcmiPowerW', 'psuInputPowerW', 'outletPowerW'],
  },
  { signal: 'powerW', kind: 'psu', from: ['psuInputPowerW', 'outletPowerW'] },
  { signal: 'powerW', kind: 'pdu', from: ['pduPowerW'] },
  { signal: 'powerW', kind: 'ups', from: ['upsPowerW'] },
  { signal: 'powerW', kind: 'tor', from: ['outletPowerW'] },
  { signal: 'powerW', kind: 'eor', from: ['outletPowerW'] },
  { signal: 'powerW', kind: 'spine', from: ['outletPowerW'] },
];
