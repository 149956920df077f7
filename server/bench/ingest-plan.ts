/** What `bench ingest` measures in its two sizes. */
import type { BenchSize } from './result.ts';

/** So many series of a site of so many halls. */
export interface Scale {
  /** Stands behind the names of its figures. */
  readonly name: string;
  readonly halls: number;
  readonly rows: number;
  /** Hosts that send, spread evenly over the site; even, so that two senders have the same. */
  readonly hosts: number;
  readonly roundsABlock: number;
}

export interface Plan {
  readonly scales: readonly Scale[];
  /** Blocks of each shape, of which the median counts. */
  readonly blocks: number;
  /** What a server does within so long after a block (ticks, merges, flushes) is part of it. */
  readonly settleMs: number;
  /** Blocks sent without a pause, while the event loop is watched. */
  readonly loadedBlocks: number;
  /** Hosts that no inventory knows, whose series are sent once each. */
  readonly strangers: number;
  /** Exporters scraped each second, and for how long. */
  readonly exporters: number;
  readonly scrapeS: number;
}

export const PLANS: Readonly<Record<BenchSize, Plan>> = {
  small: {
    scales: [{ name: '3k', halls: 1, rows: 2, hosts: 20, roundsABlock: 2 }],
    ...{ blocks: 1, settleMs: 200, loadedBlocks: 2, strangers: 25, exporters: 4, scrapeS: 1 },
  },
  // 624 hosts are 99,840 series, 6,248 are 999,680; a request of 2,000 divides neither.
  reference: {
    scales: [
      { name: '100k', halls: 1, rows: 50, hosts: 624, roundsABlock: 10 },
      { name: '1M', halls: 10, rows: 50, hosts: 6248, roundsABlock: 1 },
    ],
    ...{
      blocks: 5,
      settleMs: 3000,
      loadedBlocks: 5,
      strangers: 62_500,
      exporters: 400,
      scrapeS: 10,
    },
  },
};

/** Of the reference site. */
export const RACKS_A_ROW = 50;
export const HOSTS_A_RACK = 4;

/** Names of the hosts that send. */
export function hostsOf({ halls, rows, hosts }: Pick<Scale, 'halls' | 'rows' | 'hosts'>): string[] {
  const all = halls * rows * RACKS_A_ROW * HOSTS_A_RACK;
  const step = Math.floor(all / hosts);
  return Array.from({ length: hosts }, (_, i) => nameOf(i * step, rows));
}

/** As `scenarios/reference.yaml` names the host at a place, hall by hall. */
function nameOf(index: number, rows: number): string {
  const rack = Math.floor(index / HOSTS_A_RACK);
  const row = Math.floor(rack / RACKS_A_ROW);
  const hall = Math.floor(row / rows) + 1;
  const inRow = String((rack % RACKS_A_ROW) + 1).padStart(2, '0');
  return `h${hall}-r${(row % rows) + 1}-k${inRow}-n${(index % HOSTS_A_RACK) + 1}`;
}
