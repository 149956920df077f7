/** The tiers, finest first, and the two shelves of files. */
import type { HistoryConfig } from './config.ts';
import { HOUR_MS, MINUTE_MS, type TierId } from './contract.ts';

export interface Tier {
  readonly id: TierId;
  /** Width of an interval; 0 for samples as they came. */
  readonly stepMs: number;
  readonly keepMs: (config: HistoryConfig) => number;
}

export const TIERS: readonly Tier[] = [
  { id: 'raw', stepMs: 0, keepMs: config => 1000 * config.keepRawS },
  { id: '1m', stepMs: MINUTE_MS, keepMs: config => 1000 * config.keepMinutesS },
  { id: '15m', stepMs: 15 * MINUTE_MS, keepMs: config => 1000 * config.keepQuartersS },
  { id: '1h', stepMs: HOUR_MS, keepMs: config => 1000 * config.keepHoursS },
];

export const TIER_IDS: readonly TierId[] = TIERS.map(tier => tier.id);
export const ROLLUPS: readonly Tier[] = TIERS.slice(1);

/**
 * Rows lie as they are asked for. `inner`: hosts and what is in them, rack by rack. `outer`: racks,
 * rooms and the power, cooling and network chain, signal by signal.
 */
export const SHELVES = [
  { id: 'inner', group: 'rack', order: ['rack', 'entity', 'signal', 'time'] },
  { id: 'outer', group: 'signal', order: ['signal', 'entity', 'time'] },
] as const;

type Shelf = (typeof SHELVES)[number];
export type ShelfId = Shelf['id'];

export const shelfOf = (id: ShelfId): Shelf => (id === 'inner' ? SHELVES[0] : SHELVES[1]);

export const VALUE_COLUMNS = ['min', 'max', 'mean', 'last', 'count'] as const;
