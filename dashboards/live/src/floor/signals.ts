/** Signals the floor can be coloured by, and the ones with a number key. */
import { kindsOf, SIGNALS, type SignalRow } from '../../../../twin/index.ts';
import { limitSignalOf } from './limits.ts';

interface QuickSignal {
  readonly signal: string;
  /** Short enough for a button. */
  readonly title: string;
}

/** Keys 1 to 9, in this order. */
export const QUICK_SIGNALS: readonly QuickSignal[] = [
  { signal: 'powerW', title: 'Power' },
  { signal: 'inletTempC', title: 'Inlet' },
  { signal: 'gpuTempC', title: 'GPU temp' },
  { signal: 'utilRatio', title: 'Utilisation' },
  { signal: 'powerHeadroomN1W', title: 'N-1 headroom' },
  { signal: 'gpusFreeCount', title: 'GPUs free' },
  { signal: 'coolingHeadroomW', title: 'Cooling left' },
  { signal: 'gpuThermalMarginK', title: 'GPU margin' },
  { signal: 'packetLossRatio', title: 'Packet loss' },
];

/** Every signal that a rack has. */
export const RACK_SIGNALS: readonly SignalRow[] = SIGNALS.filter(
  signal => signal.unit !== 'Text' && kindsOf(signal).includes('rack'),
);

/** Quantities of which a limit is a capacity: shown as a part of it unless the user asks. */
const CAPACITY_UNITS: ReadonlySet<string> = new Set(['W', 'BytesPerS']);

export const isCapacity = (signal: string) =>
  CAPACITY_UNITS.has(SIGNALS.find(row => row.id === signal)?.unit ?? '') &&
  !/Headroom|Limit/.test(signal);

/** A part of a limit means nothing where zero is arbitrary (degrees), or for steps. */
export const canRelate = (signal: string) =>
  !['C', 'K', 'Flag', 'Code'].includes(SIGNALS.find(row => row.id === signal)?.unit ?? '');

/** Always subscribed, for the tooltip. */
const TOOLTIP_SIGNALS: readonly string[] = [
  'powerW',
  'powerLimitW',
  'inletTempC',
  'gpusFreeCount',
  'gpusAllocatedCount',
];

/** The chosen one and what limits it first, then those of the card. */
export const floorSignals = (signal: string): string[] => [
  ...new Set([signal, limitSignalOf(signal) ?? signal, ...TOOLTIP_SIGNALS]),
];
