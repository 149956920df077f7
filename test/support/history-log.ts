/** A journal in memory and a small generation, for tests of the durable history. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import type { ReadRange } from '../../server/history/store/log-source.ts';
import type { Layout, LogPosition, LogVisitor, RowKind } from '../../server/journal/contract.ts';
import { isStopped } from '../../server/journal/read-log.ts';
import type { StoredEntities } from '../../server/recovery/generations.ts';

/** [cell, epoch ms, value] */
export type Row = readonly [cell: number, atMs: number, value: number];

export interface MemoryLog {
  readonly read: ReadRange;
  readonly end: LogPosition;
  layout(layout: Layout, clockMs: number): void;
  rows(kind: RowKind, rows: readonly Row[], clockMs: number): void;
  stale(cells: readonly number[], clockMs: number): void;
}

/** A record's number is its offset. As the real one, it tells the layout in force first. */
export function memoryLog(): MemoryLog {
  const records: ((visitor: LogVisitor) => void)[] = [];
  const clocks: number[] = [];
  const layouts: { readonly at: number; readonly tell: (visitor: LogVisitor) => void }[] = [];
  const add = (clockMs: number, tell: (visitor: LogVisitor) => void) => {
    clocks.push(clockMs);
    return records.push(tell) - 1;
  };
  return {
    read(from, to, visitor) {
      const hasEnough = isStopped(() => {
        layouts.findLast(({ at }) => at < from.offset)?.tell(visitor);
        for (let i = from.offset; i < to.offset; i++) {
          records[i](visitor);
          visitor.passed?.({ segment: 0, offset: i + 1 }, clocks[i]);
        }
      });
      return { damages: [], isStopped: hasEnough };
    },
    get end() {
      return { segment: 0, offset: records.length };
    },
    layout(layout, clockMs) {
      const tell = (visitor: LogVisitor) => visitor.layout(layout, clockMs);
      layouts.push({ at: add(clockMs, tell), tell });
    },
    rows(kind, rows, clockMs) {
      const cells = Uint32Array.from(rows, ([cell]) => cell);
      const timesMs = Float64Array.from(rows, ([, atMs]) => atMs);
      const values = Float64Array.from(rows, ([, , value]) => value);
      add(clockMs, visitor =>
        visitor.rows({ kind, count: rows.length, cells, timesMs, values }, clockMs),
      );
    },
    stale(cells, clockMs) {
      add(clockMs, visitor => visitor.stale(Uint32Array.from(cells), clockMs));
    },
  };
}

type Entity = readonly [id: string, kind: string, parent: string];

/** A site of a hall with a UPS and two racks of two hosts of two GPUs. */
export const SMALL_SITE: readonly Entity[] = [
  ['s1', 'site', ''],
  ['h1', 'hall', 's1'],
  ['k10', 'rack', 'h1'],
  ['k9', 'rack', 'h1'],
  ['ups-a', 'ups', 'h1'],
  ...['k10', 'k9'].flatMap(rack => [1, 2].map(n => [`${rack}-n${n}`, 'host', rack] as const)),
  ...['k10-n1', 'k10-n2', 'k9-n1', 'k9-n2'].flatMap(host =>
    [0, 1].map(n => [`${host}/gpu${n}`, 'gpu', host] as const),
  ),
];

function storedEntities(entities: readonly Entity[]): StoredEntities {
  const ids = entities.map(([id]) => id);
  const kinds = [...new Set(entities.map(([, kind]) => kind))];
  return {
    kinds,
    ids,
    kind: entities.map(([, kind]) => kinds.indexOf(kind)),
    parent: entities.map(([, , parent]) => ids.indexOf(parent)),
  };
}

export function putGeneration(directory: string, key: string, entities: readonly Entity[]): void {
  const folder = join(directory, 'generations', key);
  mkdirSync(folder, { recursive: true });
  const text = JSON.stringify(storedEntities(entities));
  writeFileSync(join(folder, 'entities.json.zst'), zstdCompressSync(text));
}

/** Cells of the small site: 0-1 rack power, 10 UPS load, 20-27 and 30-37 GPU power and heat. */
export const smallLayout = (generation: string): Layout => ({
  generation,
  columns: [
    { signal: 'powerW', kind: 'rack', first: 0, count: 2 },
    { signal: 'powerLoadW', kind: 'ups', first: 10, count: 1 },
    { signal: 'gpuPowerW', kind: 'gpu', first: 20, count: 8 },
    { signal: 'gpuTempC', kind: 'gpu', first: 30, count: 8 },
  ],
});

const GPUS = SMALL_SITE.filter(([, kind]) => kind === 'gpu').map(([id]) => id);

/** What a cell of that layout is. */
export function seriesOfCell(cell: number): readonly [entity: string, signal: string] {
  if (cell < 2) return [['k10', 'k9'][cell], 'powerW'];
  if (cell === 10) return ['ups-a', 'powerLoadW'];
  return cell < 30 ? [GPUS[cell - 20], 'gpuPowerW'] : [GPUS[cell - 30], 'gpuTempC'];
}

export const SMALL_CELLS = [0, 1, 10, ...Array.from({ length: 8 }, (_, i) => 20 + i), 30, 37];
