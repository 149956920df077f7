/**
 * Files of a synthetic week for `bench history`, in the order and the shape that the service gives
 * them: whole days merged, the hours of today apart, and the last three hours raw.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import {
  emptyCheckpoint,
  HISTORY_DIR,
  type StoredFile,
  saveCheckpoint,
} from '../history/store/checkpoint.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, type TierId } from '../history/store/contract.ts';
import { NewFiles } from '../history/store/new-files.ts';
import type { ShelfId } from '../history/store/tiers.ts';

export interface SiteSize {
  /** Racks of which the 200 series of GPUs and 50 of hosts are stored. */
  readonly racksInside: number;
  /** Racks whose own signals are stored. */
  readonly racks: number;
  /** Days that are over. */
  readonly days: number;
}

/** Noon: nine hours of the day are rolled up, and three are raw. */
export const NOW_MS = Date.UTC(2026, 0, 8, 12);
const TODAY_MS = NOW_MS - 12 * HOUR_MS;
const ROLLED_HOURS = 9;
/** Raw files of five minutes; GPUs and hosts report every 30 s, racks are sampled each minute. */
const RAW_MS = 5 * MINUTE_MS;

export const HOSTS_A_RACK = 5;
export const GPUS_A_HOST = 8;
export const HOST_SIGNALS = [
  ...['bmcPowerW', 'inletTempC', 'cpuUtilRatio', 'memUsedRatio', 'netRxBytesPerS'],
  ...['netTxBytesPerS', 'load1Count', 'gpusAllocatableCount', 'gpusAllocatedCount', 'upFlag'],
];
export const GPU_SIGNALS = ['gpuPowerW', 'gpuTempC', 'utilRatio', 'smClockHz', 'gpuMemUsedBytes'];
const RACK_SIGNALS = ['heatW', 'inletTempC', 'powerHeadroomW', 'powerW'];

export const rackId = (rack: number) =>
  `h${Math.floor(rack / 2500)}-r${String(Math.floor(rack / 50) % 50).padStart(2, '0')}` +
  `-k${String(rack % 50).padStart(2, '0')}`;
const hostIds = (rack: number) =>
  Array.from({ length: HOSTS_A_RACK }, (_, n) => `${rackId(rack)}-n${n + 1}`);
export const gpuIds = (rack: number) =>
  hostIds(rack).flatMap(host => Array.from({ length: GPUS_A_HOST }, (_, n) => `${host}/gpu${n}`));

/** One series of a file, in the order of its shelf. */
type Series = readonly [rack: string, entity: string, signal: string];

function insideSeries(racks: number): Series[] {
  return Array.from({ length: racks }, (_, rack) => {
    const entities = [
      ...hostIds(rack).map(id => [id, HOST_SIGNALS] as const),
      ...gpuIds(rack).map(id => [id, GPU_SIGNALS] as const),
    ].sort(([a], [b]) => (a < b ? -1 : 1));
    return entities.flatMap(([id, signals]) =>
      signals.toSorted().map(signal => [rackId(rack), id, signal] as const),
    );
  }).flat();
}

const rackSeries = (racks: number): Series[] =>
  RACK_SIGNALS.flatMap(signal =>
    Array.from({ length: racks }, (_, rack) => [rackId(rack), rackId(rack), signal] as const),
  );

export interface StoredSite {
  readonly files: readonly StoredFile[];
}

/** Writes everything into an empty data directory. */
export function storeSite(directory: string, size: SiteSize): StoredSite {
  const folder = join(directory, HISTORY_DIR);
  mkdirSync(folder, { recursive: true });
  putEntities(directory, size);
  const files: StoredFile[] = [];
  const shelves = [
    ['inner', insideSeries(size.racksInside), '1m', 30_000],
    ['outer', rackSeries(size.racks), '15m', MINUTE_MS],
  ] as const;
  for (const [shelf, series, tier, everyMs] of shelves) {
    const stepMs = tier === '1m' ? MINUTE_MS : 15 * MINUTE_MS;
    // What the queries do not reach is not made.
    const days = tier === '1m' ? size.days : 1;
    const put = (spec: FilePart) => files.push(...putPart(folder, shelf, series, spec));
    for (let day = days; day >= 1; day--) {
      const fromMs = TODAY_MS - day * DAY_MS;
      put({ tier, fromMs, toMs: fromMs + DAY_MS, stepMs, part: 'day' });
    }
    for (let hour = 0; hour < ROLLED_HOURS; hour++) {
      const fromMs = TODAY_MS + hour * HOUR_MS;
      put({ tier, fromMs, toMs: fromMs + HOUR_MS, stepMs, part: `h0${hour}` });
    }
    for (let fromMs = TODAY_MS + ROLLED_HOURS * HOUR_MS; fromMs < NOW_MS; fromMs += RAW_MS) {
      put({ tier: 'raw', fromMs, toMs: fromMs + RAW_MS, stepMs: everyMs, part: `raw-${fromMs}` });
    }
  }
  saveCheckpoint(folder, {
    ...emptyCheckpoint(),
    ...{ files, rolledToMs: TODAY_MS + ROLLED_HOURS * HOUR_MS, clockMs: NOW_MS },
    layout: { generation: GENERATION, columns: [] },
  });
  return { files };
}

export const GENERATION = 'bench';

export function putEntities(directory: string, { racks, racksInside }: SiteSize) {
  const kinds = ['site', 'rack', 'host', 'gpu'];
  const rows: [id: string, kind: number, parent: number][] = [['site', 0, -1]];
  for (let rack = 0; rack < racks; rack++) rows.push([rackId(rack), 1, 0]);
  for (let rack = 0; rack < racksInside; rack++) {
    for (const id of hostIds(rack)) rows.push([id, 2, rack + 1]);
  }
  const firstHost = racks + 1;
  for (let rack = 0; rack < racksInside; rack++) {
    for (const [i, id] of gpuIds(rack).entries()) {
      rows.push([id, 3, firstHost + rack * HOSTS_A_RACK + Math.floor(i / GPUS_A_HOST)]);
    }
  }
  const stored = {
    kinds,
    ids: rows.map(row => row[0]),
    kind: rows.map(row => row[1]),
    parent: rows.map(row => row[2]),
  };
  const folder = join(directory, 'generations', GENERATION);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'entities.json.zst'), zstdCompressSync(JSON.stringify(stored)));
}

interface FilePart {
  readonly tier: TierId;
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  readonly part: string;
}

/** A level of its own for each series, a daily wave, and noise, read to a tenth. */
export function valueAt(series: number, atMs: number): number {
  const noise = Math.imul(series * 7919 + Math.floor(atMs / 15_000), 2_654_435_761) >>> 22;
  return (
    Math.round(200 + ((series * 7919) % 6000) + 100 * Math.sin(atMs / 7_200_000) + noise / 10) / 10
  );
}

function putPart(folder: string, shelf: ShelfId, series: readonly Series[], spec: FilePart) {
  const { tier, fromMs, toMs, stepMs, part } = spec;
  const day = new Date(fromMs).toISOString().slice(0, 10);
  let number = 0;
  const files = new NewFiles(folder, {
    ...{ tier, shelf, pathOf: () => `${tier}/day=${day}/${part}-${number++}-${shelf}.parquet` },
    ...(tier === 'raw' ? {} : { span: [fromMs, toMs] as const }),
  });
  const count = (toMs - fromMs) / stepMs;
  const column = () => new Float64Array(count);
  const [times, mean, min, max, last] = [column(), column(), column(), column(), column()];
  const counts = column().fill(2);
  for (const [s, names] of series.entries()) {
    for (let i = 0; i < count; i++) {
      times[i] = fromMs + i * stepMs;
      mean[i] = valueAt(s, times[i]);
      [min[i], max[i], last[i]] = [mean[i] - 2.5, mean[i] + 2.5, mean[i] + 0.5];
    }
    files.add(names, tier === 'raw' ? [times, mean] : [times, min, max, mean, last, counts], [
      0,
      count,
    ]);
  }
  return files.end();
}

export const digest = (arrays: readonly Float64Array[]) => {
  const hash = createHash('sha256');
  for (const array of arrays) {
    hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  }
  return hash.digest('hex').slice(0, 16);
};
