/**
 * The recent past in memory: one-minute mean, last and maximum of chosen signals, in rings of a
 * fixed size. 12 bytes a series and minute; while a new topology is taken over, twice that.
 */
import { KINDS, type Kind, kindsOf, SIGNAL_INDEX, SIGNALS } from '../../twin/index.ts';
import {
  type Aggregate,
  type History,
  type HistoryQuery,
  type HistorySlice,
  type HistoryStats,
  MINUTE_MS,
  type ReadSignal,
  stepsOf,
} from './contract.ts';
import {
  advance,
  bytesPerMinute,
  type Column,
  carryOver,
  createRing,
  put,
  type Ring,
} from './ring.ts';

interface RecentOptions {
  /** How far back, where the memory allows; default 96 h, enough to prove a daily season. */
  readonly hours?: number;
  /** Memory for all rings; default 256 MiB. Where it is short, hosts reach less far first. */
  readonly bytesMax?: number;
}

interface Part {
  readonly title: string;
  readonly kinds: readonly Kind[];
  readonly signals: readonly string[];
}

/** What is kept, most important first: memory is given in this order. */
const PARTS: readonly Part[] = [
  {
    title: 'rooms',
    kinds: ['site', 'hall', 'row', 'rack'],
    signals: [
      ...['powerW', 'heatW', 'gpusAllocatedCount', 'gpusFreeCount', 'inletTempC', 'gpuTempC'],
      ...['utilRatio', 'pueRatio', 'powerHeadroomW'],
    ],
  },
  {
    title: 'power chain',
    kinds: ['utilityFeed', 'transformer', 'ups', 'feed', 'pdu'],
    signals: ['powerLoadW'],
  },
  { title: 'hosts', kinds: ['host'], signals: ['powerW', 'inletTempC', 'gpuTempC'] },
];

const DEFAULT_HOURS = 96;
const DEFAULT_BYTES = 256 * 2 ** 20;
/** A part that could not reach back this far is not kept at all. */
const MIN_MINUTES = 60;

type Entities = Parameters<History['follow']>[0];

export function recentHistory(options: RecentOptions = {}): History {
  const { hours = DEFAULT_HOURS, bytesMax = DEFAULT_BYTES } = options;
  if (!(hours >= 1)) throw new RangeError(`hours must be at least 1, not ${hours}`);
  let rings: readonly Ring[] = [];
  let indexOf: ReadonlyMap<string, number> = new Map();
  let minute = Number.NEGATIVE_INFINITY;
  let newestMs: number | undefined;
  const dropped: Record<string, number> = {};
  const drop = (why: string, count = 1) => {
    dropped[why] = (dropped[why] ?? 0) + count;
  };

  function follow(topology: Entities): void {
    const before = { rings, indexOf };
    dropped['no memory'] = 0;
    const made = createRings(topology, hours * 60, bytesMax, count => drop('no memory', count));
    indexOf = idsOf(topology, made);
    const rename = renumbering(before.indexOf, indexOf);
    let kept = 0;
    for (const ring of before.rings) kept += carryOver(ring, made, rename, minute);
    drop('forgotten with its entity', seriesCount(before.rings) - kept);
    rings = made;
  }

  function sample(nowMs: number, read: ReadSignal): void {
    const now = Math.floor(nowMs / MINUTE_MS);
    if (!(now >= minute)) {
      drop('clock went back');
      return;
    }
    for (const ring of rings) {
      if (now > minute) advance(ring, minute, now);
      for (let c = 0; c < ring.columns.length; c++) {
        const { entity, signal } = ring.columns[c];
        put(ring, now, c, read(entity, signal));
      }
    }
    minute = now;
    newestMs = nowMs;
  }

  async function range(query: HistoryQuery): Promise<HistorySlice | undefined> {
    const { fromMs, count } = stepsOf(query);
    const entity = indexOf.get(query.entity);
    const signal = SIGNAL_INDEX.get(query.signal);
    if (entity === undefined || signal === undefined) return undefined;
    for (const ring of rings) {
      const column = ring.columnOf.get(entity * SIGNALS.length + signal);
      if (column === undefined) continue;
      const minutesPerStep = query.stepMs / MINUTE_MS;
      const first = fromMs / MINUTE_MS;
      const values = Float64Array.from({ length: count }, (_, k) =>
        fold(ring, column, query.aggregate ?? 'mean', {
          from: Math.max(first + k * minutesPerStep, minute - ring.minutes + 1),
          to: Math.min(first + (k + 1) * minutesPerStep - 1, minute),
        }),
      );
      return { fromMs, stepMs: query.stepMs, values };
    }
    return undefined;
  }

  const stats = (): HistoryStats => ({
    series: seriesCount(rings),
    bytes: rings.reduce((sum, ring) => sum + bytesPerMinute(ring.columns.length) * ring.minutes, 0),
    reachS: Object.fromEntries(rings.map(ring => [ring.title, ring.minutes * 60])),
    newestMs,
    dropped: { ...dropped },
  });

  return { follow, sample, range, stats, close: async () => {} };
}

const seriesCount = (rings: readonly Ring[]) =>
  rings.reduce((sum, ring) => sum + ring.columns.length, 0);

/** The first part gets all but an hour for each later one; a part without an hour is not kept. */
function createRings(
  topology: Entities,
  minutesWanted: number,
  bytesMax: number,
  refuse: (series: number) => void,
): Ring[] {
  const rings: Ring[] = [];
  let bytesLeft = bytesMax;
  const parts = PARTS.map(part => ({ title: part.title, columns: columnsOf(topology, part) }));
  parts.forEach(({ title, columns }, i) => {
    if (columns.length === 0) return;
    const width = bytesPerMinute(columns.length);
    const later = parts.slice(i + 1).reduce((sum, part) => sum + part.columns.length, 0);
    const reserve = MIN_MINUTES * bytesPerMinute(later);
    const minutesOf = (bytes: number) => Math.min(minutesWanted, Math.floor(bytes / width));
    const spared = minutesOf(bytesLeft - reserve);
    const minutes = spared >= MIN_MINUTES ? spared : minutesOf(bytesLeft);
    if (minutes < MIN_MINUTES) {
      refuse(columns.length);
      return;
    }
    rings.push(createRing(title, columns, minutes));
    bytesLeft -= minutes * width;
  });
  return rings;
}

function columnsOf(topology: Entities, part: Part): Column[] {
  const columns: Column[] = [];
  const signals = part.signals.map(id => SIGNAL_INDEX.get(id)!);
  for (let entity = 0; entity < topology.count; entity++) {
    const kind = KINDS[topology.kind[entity]].id;
    if (!part.kinds.includes(kind)) continue;
    for (const signal of signals) {
      if (kindsOf(SIGNALS[signal]).includes(kind)) columns.push({ entity, signal });
    }
  }
  return columns;
}

function idsOf(topology: Entities, rings: readonly Ring[]): Map<string, number> {
  const kept = new Map<string, number>();
  for (const { columns } of rings) {
    for (const { entity } of columns) kept.set(topology.ids[entity], entity);
  }
  return kept;
}

/** Dense index of the generation before to that of the new one. */
function renumbering(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): ReadonlyMap<number, number> {
  const rename = new Map<number, number>();
  for (const [id, entity] of before) {
    const now = after.get(id);
    if (now !== undefined) rename.set(entity, now);
  }
  return rename;
}

/** One value of the minutes `from` to `to`, both inclusive; NaN when none of them has any. */
function fold(
  ring: Ring,
  column: number,
  aggregate: Aggregate,
  span: { readonly from: number; readonly to: number },
): number {
  const rows = ring[aggregate];
  let value = Number.NaN;
  let sum = 0;
  let count = 0;
  for (let minute = span.from; minute <= span.to; minute++) {
    const each = rows[(minute % ring.minutes) * ring.columns.length + column];
    if (Number.isNaN(each)) continue;
    sum += each;
    count++;
    if (aggregate === 'last' || !(each <= value)) value = each;
  }
  return aggregate === 'mean' && count > 0 ? sum / count : value;
}
