/** Readings: truth with gain, offset, noise, resolution, faults and gaps, one tick at a time. */
import { noise, spread, unit } from '../plant/random.ts';
import { createFaultBook } from './fault-book.ts';
import type { LabFault } from './faults.ts';
import type { Telemetry } from './lab.ts';
import { countOf } from './layout.ts';
import { pageOf, type Scene, SENSORS } from './sensor-table.ts';
import type { State } from './state.ts';
import { STREAM } from './streams.ts';
import { openWindow, type SumBook } from './sums.ts';

/** Distinct signals, in the order of the table. */
export const SIGNALS: readonly string[] = [...new Set(SENSORS.map(({ signal }) => signal))];

/** All sensors of the site, table row by row. */
interface Columns {
  readonly count: number;
  readonly entity: Int32Array;
  readonly signal: Int32Array;
  readonly page: Int32Array;
  readonly pages: ReadonlySet<number>;
  /** First column of each row of the table. */
  readonly start: Int32Array;
  readonly gain: Float64Array;
  readonly offsetK: Float64Array;
}

interface Sensors {
  /** Reads everything; `spanS` is the time since the tick before. */
  read(atMs: number, spanS: number): Telemetry;
}

interface SensorOptions {
  readonly faults: readonly LabFault[];
  readonly telemetryS: number;
}

/** @throws RangeError for a fault that names no sensor. */
export function createSensors(state: State, book: SumBook, options: SensorOptions): Sensors {
  const columns = layColumns(state);
  const window = openWindow(book);
  const values = new Float64Array(columns.count);
  const places = new Map(
    Array.from(columns.entity, (entity, at) => [`${entity}/${SIGNALS[columns.signal[at]]}`, at]),
  );
  const faults = createFaultBook(
    options.faults,
    state.layout,
    (entity, signal) => places.get(`${entity}/${signal}`) ?? -1,
  );
  const scene: Scene = { state, means: window.means };
  const registersJ = new Float64Array(state.layout.gpus);
  return {
    read(atMs, spanS) {
      window.close(spanS);
      readTruth(scene, columns, values);
      faults.swapTruth(values, state.nowS);
      measure(state, columns, values);
      faults.distort(values, state.nowS);
      for (let g = 0; g < registersJ.length; g++) {
        // the register adds up what the power sensor of the same GPU says
        const factor = faults.registerFactor(columns.start[0] + g, state.nowS);
        const meanW = Number.isNaN(factor)
          ? faults.stuckAt(columns.start[0] + g)
          : values[columns.start[1] + g] * factor;
        registersJ[g] += meanW * spanS;
        values[columns.start[1] + g] = Math.round(registersJ[g] * 1000) / 1000;
      }
      const tick = Math.round(state.nowS / options.telemetryS);
      return withGaps(state, columns, values, { atMs, tick });
    },
  };
}

function layColumns({ layout, seed, p }: State): Columns {
  const start = new Int32Array(SENSORS.length + 1);
  SENSORS.forEach((row, at) => {
    start[at + 1] = start[at] + countOf(layout, row.kind);
  });
  const count = start[SENSORS.length];
  const rows = SENSORS.flatMap((row, at) =>
    Array.from({ length: start[at + 1] - start[at] }, (_, part) => ({ row, at, part })),
  );
  const page = Int32Array.from(rows, ({ row, part }) => pageOf(row, part));
  return {
    ...{ count, start },
    entity: Int32Array.from(rows, ({ row, part }) => layout.first[row.kind] + part),
    signal: Int32Array.from(rows, ({ row }) => SIGNALS.indexOf(row.signal)),
    ...{ page, pages: new Set(page) },
    // power sensor and energy register of a GPU are one meter: rows 0 and 1 share their gain
    gain: Float64Array.from(
      rows,
      ({ at, part }) =>
        1 + p.powerGainSpread * spread(seed, STREAM.gain, (at === 1 ? 0 : at) * 1000 + part),
    ),
    offsetK: Float64Array.from(
      rows,
      ({ at, part }) => p.tempOffsetK * spread(seed, STREAM.offset, at * 1000 + part),
    ),
  };
}

function readTruth(scene: Scene, { start }: Columns, values: Float64Array): void {
  for (let row = 0; row < SENSORS.length; row++) {
    const { truth } = SENSORS[row];
    const from = start[row];
    for (let at = from; at < start[row + 1]; at++) values[at] = truth(scene, at - from);
  }
}

function measure(state: State, { start, gain, offsetK }: Columns, values: Float64Array): void {
  const { p, seed, nowS } = state;
  for (let row = 0; row < SENSORS.length; row++) {
    const { quantity, quantum } = SENSORS[row];
    for (let at = start[row]; at < start[row + 1]; at++) {
      if (quantity === 'energy') {
        values[at] *= gain[at];
        continue;
      }
      let value = values[at];
      if (quantity === 'power') {
        const wobble = p.powerNoiseRatio * noise(seed, STREAM.reading + at, nowS);
        value *= gain[at] * (1 + wobble);
      } else if (quantity === 'temp') {
        value += offsetK[at] + p.tempNoiseK * noise(seed, STREAM.reading + at, nowS);
      }
      values[at] = Math.round(value / quantum) * quantum;
    }
  }
}

interface Instant {
  readonly atMs: number;
  readonly tick: number;
}

/** Leaves out pages that did not answer. Without gaps every tick shares its index columns. */
function withGaps(state: State, columns: Columns, values: Float64Array, at: Instant): Telemetry {
  const silent = silentPages(state, columns, at.tick);
  const { entity, signal } = columns;
  if (silent.size === 0) return { atMs: at.atMs, entity, signal, value: values.slice() };
  const kept: number[] = [];
  for (let c = 0; c < columns.count; c++) if (!silent.has(columns.page[c])) kept.push(c);
  return {
    atMs: at.atMs,
    entity: Int32Array.from(kept, c => entity[c]),
    signal: Int32Array.from(kept, c => signal[c]),
    value: Float64Array.from(kept, c => values[c]),
  };
}

const OUTAGE_S = 600;

function silentPages({ seed, p, nowS }: State, { pages }: Columns, tick: number): Set<number> {
  const spell = Math.floor(nowS / OUTAGE_S);
  const silent = new Set<number>();
  for (const at of pages) {
    if (unit(seed, STREAM.dropout + at, tick) < p.dropoutRatio) silent.add(at);
    else if (unit(seed, STREAM.outage + at, spell) < p.outageRatio) silent.add(at);
  }
  return silent;
}
