/** The reference site of the budgets, live in memory, with deterministic values. */
import {
  KIND_INDEX,
  KINDS,
  type Kind,
  readTopology,
  SIGNALS,
  signalIndex,
  type Topology,
  Twin,
} from '../../twin/index.ts';
import { readDocument } from '../document.ts';
import { packagePath } from '../package-layout.ts';
import type { BenchSize } from './result.ts';

/** 12 signals a GPU and 10 a host, as the budgets say, and the meters around them. */
const SIGNALS_OF: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  gpu: [
    ...['gpuPowerW', 'gpuTempC', 'gpuMemTempC', 'utilRatio', 'smActiveRatio', 'tensorActiveRatio'],
    ...['dramActiveRatio', 'gpuMemUsedBytes', 'smClockHz', 'nvlinkBytesPerS', 'xidCode'],
    ...['pcieReplayPerS'],
  ],
  host: [
    ...['bmcPowerW', 'inletTempC', 'cpuUtilRatio', 'memUsedRatio', 'netRxBytesPerS'],
    ...['netTxBytesPerS', 'load1Count', 'gpusAllocatableCount', 'gpusAllocatedCount', 'upFlag'],
  ],
};

const START_MS = Date.UTC(2026, 0, 1);

interface ReferenceSite {
  readonly twin: Twin;
  readonly nowMs: number;
}

export function referenceSite(size: BenchSize): ReferenceSite {
  const twin = new Twin(referenceTopology(size));
  fill(twin);
  twin.tick(START_MS);
  return { twin, nowMs: START_MS };
}

export function referenceTopology(size: BenchSize): Topology {
  // One hall of two rows, for the smoke test.
  const document = size === 'small' ? referenceInventory(1, 2) : readReference();
  const built = readTopology(document);
  if (!built.ok) throw new Error(`${FILE} is broken; run orrery check on it`);
  return built.value;
}

/** Every cell that is measured, host by host, each with its GPUs. */
export function referenceCells({ state, topology }: Twin): Int32Array {
  const { childStart, childList, kind, kindStart } = topology;
  const bases = KINDS.map(({ id }) =>
    (SIGNALS_OF[id] ?? []).map(signal => {
      const first = kindStart[KIND_INDEX[id]];
      return state.ensureCell(signalIndex(signal), first) - first;
    }),
  );
  const count = bases.reduce(
    (sum, { length }, k) => sum + length * (kindStart[k + 1] - kindStart[k]),
    0,
  );
  const cells = new Int32Array(count);
  let next = 0;
  const add = (entity: number) => {
    for (const base of bases[kind[entity]]) cells[next++] = base + entity;
  };
  for (let host = kindStart[KIND_INDEX.host]; host < kindStart[KIND_INDEX.host + 1]; host++) {
    add(host);
    for (let i = childStart[host]; i < childStart[host + 1]; i++) add(childList[i]);
  }
  return cells;
}

/** What these cells may hold on a site where all is well, in one round of readings or another. */
export function plausibleValues({ state }: Twin, cells: Int32Array, round = 0): Float64Array {
  return Float64Array.from(cells, cell => {
    const { id } = SIGNALS[Math.floor(state.columnKeyOf(cell) / KINDS.length)];
    return plausible(id, state.entityAt(cell) + round);
  });
}

const FILE = 'scenarios/reference.yaml';

interface SiteDocument {
  readonly site: { readonly halls: { count: number; readonly rows: { count: number }[] }[] };
}

/** The reference site as a document; `readReference` gives it whole, with 10 halls of 50 rows. */
export function referenceInventory(halls: number, rows: number): object {
  const document = structuredClone(readReference()) as SiteDocument;
  document.site.halls[0].count = halls;
  document.site.halls[0].rows[0].count = rows;
  return document;
}

function readReference(): unknown {
  const read = readDocument(packagePath(FILE) ?? FILE);
  if (!read.ok) throw new Error(`${FILE} cannot be read; run orrery check on it`);
  return read.source.value;
}

/** Every cell gets a value from its position: plausible, and the same on every run. */
function fill(twin: Twin) {
  const { topology, state } = twin;
  for (const [kind, signals] of Object.entries(SIGNALS_OF)) {
    const k = KIND_INDEX[kind as Kind];
    for (const id of signals) {
      const signal = signalIndex(id);
      for (let e = topology.kindStart[k]; e < topology.kindStart[k + 1]; e++) {
        twin.write(state.ensureCell(signal, e), e, plausible(id, e), START_MS);
      }
    }
  }
}

const PLAUSIBLE: Readonly<Record<string, (wobble: number) => number>> = {
  gpuPowerW: w => 300 + 300 * w,
  gpuTempC: w => 40 + 25 * w,
  gpuMemTempC: w => 45 + 30 * w,
  gpuMemUsedBytes: w => 7e10 * w,
  smClockHz: w => 1.2e9 + 7e8 * w,
  nvlinkBytesPerS: w => 2e11 * w,
  bmcPowerW: w => 5000 + 3000 * w,
  inletTempC: w => 20 + 5 * w,
  netRxBytesPerS: w => 1e10 * w,
  netTxBytesPerS: w => 1e10 * w,
  load1Count: w => 100 * w,
  gpusAllocatableCount: () => 8,
  gpusAllocatedCount: w => (w > 0.2 ? 8 : 0),
  upFlag: () => 1,
  xidCode: () => 0,
  pcieReplayPerS: () => 0,
};

export function plausible(signal: string, entity: number): number {
  const wobble = ((Math.imul(entity, 2654435761) >>> 0) % 1000) / 1000;
  return PLAUSIBLE[signal]?.(wobble) ?? wobble;
}
