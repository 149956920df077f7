/**
 * What keeping the history costs: samples every 30 s of the inside of racks, taken in, written out
 * every five minutes, and the first hour rolled up. CPU of the whole process. The journal is left
 * out: rows come as its reader would hand them over.
 */
import { join } from 'node:path';
import { HISTORY_DIR } from '../history/store/checkpoint.ts';
import { historyConfig } from '../history/store/config.ts';
import { HOUR_MS, MINUTE_MS } from '../history/store/contract.ts';
import { Keeper } from '../history/store/keeper.ts';
import type { ReadRange } from '../history/store/log-source.ts';
import type { Layout, LayoutColumn } from '../journal/contract.ts';
import { isStopped } from '../journal/read-log.ts';
import {
  GENERATION,
  GPU_SIGNALS,
  GPUS_A_HOST,
  HOST_SIGNALS,
  HOSTS_A_RACK,
  NOW_MS,
  putEntities,
  valueAt,
} from './history-site.ts';

const EVERY_MS = 30_000;
/** An hour is rolled up when nothing late can come for it. */
const HOURS = 3;
const BATCH_ROWS = 2000;

interface WriteCost {
  readonly rows: number;
  /** CPU seconds a million samples, to take them in and to write them out. */
  readonly takeCpuSPerM: number;
  readonly writeCpuSPerM: number;
  /** A million samples of the hours that were rolled up. */
  readonly rollUpCpuSPerM: number;
}

/** @param directory an empty one */
export async function measureWriting(directory: string, racks: number): Promise<WriteCost> {
  putEntities(directory, { racks, racksInside: racks, days: 0 });
  const layout = layoutOf(racks);
  const cells = layout.columns.reduce((sum, column) => sum + column.count, 0);
  const batches = Math.ceil(cells / BATCH_ROWS);
  const rounds = (HOURS * HOUR_MS) / EVERY_MS + 1;
  const keeper = new Keeper({
    ...{ directory, folder: join(directory, HISTORY_DIR) },
    config: { ...historyConfig.parse({}), flushRows: (cells * 5 * MINUTE_MS) / EVERY_MS },
    read: readerOf(layout, cells, batches),
    report: () => {},
  });
  const end = { segment: 0, offset: rounds * batches };
  const spent = { take: 0, write: 0, rollUp: 0 };
  const timed = async (what: keyof typeof spent, work: () => unknown) => {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    spent[what] += (user + system) / 1e6;
  };
  while (keeper.position.offset < end.offset) {
    let isFull = false;
    await timed('take', () => {
      isFull = keeper.read(end);
    });
    if (isFull) await timed('write', () => keeper.writeOut());
  }
  await timed('write', () => keeper.writeOut());
  await timed('rollUp', () => keeper.maintain());
  const rows = keeper.counts.taken;
  const rolledUp = (keeper.counts.rollups * cells * HOUR_MS) / EVERY_MS;
  return {
    rows,
    takeCpuSPerM: (1e6 * spent.take) / rows,
    writeCpuSPerM: (1e6 * spent.write) / rows,
    rollUpCpuSPerM: (1e6 * spent.rollUp) / rolledUp,
  };
}

function layoutOf(racks: number): Layout {
  const columns: LayoutColumn[] = [];
  let first = 0;
  const add = (signals: readonly string[], kind: 'host' | 'gpu', count: number) => {
    for (const signal of signals) {
      columns.push({ signal, kind, first, count });
      first += count;
    }
  };
  add(HOST_SIGNALS, 'host', racks * HOSTS_A_RACK);
  add(GPU_SIGNALS, 'gpu', racks * HOSTS_A_RACK * GPUS_A_HOST);
  return { generation: GENERATION, columns };
}

/** Round by round; each batch of cells a little later than the one before, as senders are. */
function readerOf(layout: Layout, cells: number, batches: number): ReadRange {
  const room = {
    cells: new Uint32Array(BATCH_ROWS),
    timesMs: new Float64Array(BATCH_ROWS),
    values: new Float64Array(BATCH_ROWS),
  };
  const read: (...given: Parameters<ReadRange>) => void = (from, to, visitor) => {
    visitor.layout(layout, NOW_MS);
    for (let offset = from.offset; offset < to.offset; offset++) {
      const batch = offset % batches;
      const atMs = NOW_MS + Math.floor(offset / batches) * EVERY_MS + ((37 * batch) % EVERY_MS);
      const count = Math.min(BATCH_ROWS, cells - batch * BATCH_ROWS);
      for (let i = 0; i < count; i++) {
        room.cells[i] = batch * BATCH_ROWS + i;
        room.timesMs[i] = atMs;
        room.values[i] = valueAt(room.cells[i], atMs);
      }
      visitor.rows({ kind: 'written', count, ...room }, atMs);
      visitor.passed?.({ segment: 0, offset: offset + 1 }, atMs);
    }
  };
  return (...given) => ({ damages: [], isStopped: isStopped(() => read(...given)) });
}
