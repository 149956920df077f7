/**
 * Default limits. A row is at once a placement constraint (`hard`), an alert, a threshold line and
 * a rule. For one entity the value set in the inventory wins, then the `limits` of its class, then
 * the figure named by `fromClass`, then `value`; where none is known the limit does not apply.
 */
import type { LimitRow } from './limit-row.ts';
import { COOLING_LIMITS } from './limits/cooling.ts';
import { GPU_LIMITS } from './limits/gpu.ts';
import { HOST_LIMITS } from './limits/host.ts';
import { NETWORK_LIMITS } from './limits/network.ts';
import { POWER_LIMITS } from './limits/power.ts';
import { TRUST_LIMITS } from './limits/trust.ts';

export const LIMITS: readonly LimitRow[] = [
  ...POWER_LIMITS,
  ...COOLING_LIMITS,
  ...GPU_LIMITS,
  ...HOST_LIMITS,
  ...NETWORK_LIMITS,
  ...TRUST_LIMITS,
];
