/** Which limit a rack's value is held against, from the most to the least specific source. */
import type { EntityState, Limit } from '../api/types.ts';

export interface RackLimits {
  /** In the order of the racks, in the signal's unit; NaN for none. */
  readonly values: Float32Array;
  readonly compare: 'max' | 'min';
  /** They have not been told yet. */
  readonly isWaiting?: boolean;
  /** Whose limit it is when it is not the rack's own: `each GPU`. */
  readonly of?: string;
}

/** Planes hold their limits as signals of their own. */
const LIMIT_SIGNAL: Readonly<Record<string, string>> = {
  powerW: 'powerLimitW',
  powerLoadW: 'powerLimitW',
  heatW: 'coolingLimitW',
  gpuPowerW: 'gpuPowerLimitW',
};

export const limitSignalOf = (signal: string): string | undefined => LIMIT_SIGNAL[signal];

export const noLimits = (count: number): RackLimits => ({
  values: new Float32Array(count).fill(Number.NaN),
  compare: 'max',
});

/** What the server tells of limits: the same for as long as the topology is. */
export interface ToldLimits {
  readonly states: readonly EntityState[];
  /** The table of default limits, for roll-ups whose parts are limited. */
  readonly table: readonly Limit[];
}

interface LimitInput extends ToldLimits {
  readonly signal: string;
  readonly racks: readonly { readonly id: string }[];
  /** Newest values of `limitSignalOf(signal)`, in the order of the racks; NaN for none. */
  readonly capacity?: Float32Array | undefined;
}

export function rackLimits({ signal, racks, states, table, capacity }: LimitInput): RackLimits {
  const byId = new Map(states.map(state => [state.id, state]));
  const own = racks.map(rack => byId.get(rack.id)?.signals[signal]?.limit);
  const first = own.find(limit => limit !== undefined);
  if (first) {
    const values = own.map(limit => (limit?.compare === first.compare ? limit.value : Number.NaN));
    return { values: Float32Array.from(values), compare: first.compare };
  }
  if (capacity?.some(value => !Number.isNaN(value))) {
    return { values: capacity.slice(), compare: 'max' };
  }
  // Headroom below zero is an overload by definition.
  if (/Headroom/.test(signal)) return { values: new Float32Array(racks.length), compare: 'min' };
  return fromTable(signal, racks.length, table);
}

const KIND_WORDS: Readonly<Record<string, string>> = { gpu: 'GPU', nic: 'NIC', nvme: 'NVMe drive' };

/** The limit of the parts, the first to be reached; class figures are not in the table. */
function fromTable(signal: string, count: number, table: readonly Limit[]): RackLimits {
  const rows = table.filter(
    row => row.signal === signal && row.kind === 'bound' && !row.over && row.value != null,
  );
  if (rows.length === 0) return noLimits(count);
  const { compare } = rows[0];
  const same = rows.filter(row => row.compare === compare);
  const values = same.map(row => row.value as number);
  const value = compare === 'max' ? Math.min(...values) : Math.max(...values);
  const kind = same.find(row => row.value === value)?.at?.[0] ?? '';
  const of = `each ${KIND_WORDS[kind] ?? kind}`;
  return { values: new Float32Array(count).fill(value), compare, of };
}
