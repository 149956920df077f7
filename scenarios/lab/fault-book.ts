/** Sensor faults on the columns of a tick: who lies, since when, and how. */
import { checkFault, type LabFault, type SwapFault } from './faults.ts';
import type { Layout } from './layout.ts';
import { PSUS_PER_HOST } from './layout.ts';

/** Place of a sensor among the columns of a tick, or -1. */
type ColumnOf = (entity: number, signal: string) => number;

interface FaultBook {
  /** Exchanges what swapped outlets see, before their meters. */
  swapTruth(values: Float64Array, nowS: number): void;
  /** Everything else, on finished readings. */
  distort(values: Float64Array, nowS: number): void;
  /** Factor on what a power sensor feeds into its energy register; NaN while it is stuck. */
  registerFactor(column: number, nowS: number): number;
  /** Value at which the sensor of a column is stuck. */
  stuckAt(column: number): number;
}

interface Placed {
  readonly fault: LabFault;
  readonly column: number;
  readonly isTemp: boolean;
}

const BMC_SIGNALS = ['bmcPowerW', 'inletTempC', 'exhaustTempC', 'fanSpeedRatio'];

/** @throws RangeError for a fault that names no sensor or cannot be. */
export function createFaultBook(
  faults: readonly LabFault[],
  layout: Layout,
  columnOf: ColumnOf,
): FaultBook {
  const placed = faults.map((fault, at) => {
    const column = columnOf(layout.indexOf(fault.entity), fault.signal);
    checkFault(fault, `faults[${at}]`, column >= 0);
    return { fault, column, isTemp: fault.signal.endsWith('TempC') };
  });
  const swaps = placed.flatMap(({ fault }) => (fault.kind === 'swap' ? [fault] : []));
  const pairs = swaps.map(fault => ({ fault, columns: swapColumns(fault, layout, columnOf) }));
  const held = new Map<number, number>();
  return {
    swapTruth: (values, nowS) => exchange(values, pairs.filter(isOutlets), nowS),
    distort(values, nowS) {
      exchange(
        values,
        pairs.filter(pair => !isOutlets(pair)),
        nowS,
      );
      for (const { fault, column, isTemp } of placed) {
        if (!isActive(fault, nowS)) held.delete(column);
        else if (fault.kind === 'stuck') {
          if (!held.has(column)) held.set(column, values[column]);
          values[column] = held.get(column)!;
        } else values[column] = lie(fault, values[column], nowS, isTemp);
      }
    },
    registerFactor: (column, nowS) => factorOf(placed, column, nowS),
    stuckAt: column => held.get(column) ?? 0,
  };
}

const isActive = ({ atS, untilS }: LabFault, nowS: number) =>
  nowS >= atS && (untilS === undefined || nowS < untilS);

interface Pair {
  readonly fault: SwapFault;
  readonly columns: readonly (readonly [number, number])[];
}

const isOutlets = ({ fault }: Pair) => fault.signal === 'outletPowerW';

function exchange(values: Float64Array, pairs: readonly Pair[], nowS: number): void {
  for (const { fault, columns } of pairs) {
    if (!isActive(fault, nowS)) continue;
    for (const [a, b] of columns) [values[a], values[b]] = [values[b], values[a]];
  }
}

function lie(fault: LabFault, value: number, nowS: number, isTemp: boolean): number {
  if (fault.kind === 'scale') return value * fault.factor;
  if (fault.kind === 'drift') {
    const grown = (fault.perH * (nowS - fault.atS)) / 3600;
    return isTemp ? value + grown : value * (1 + grown);
  }
  if (fault.kind !== 'unit') return value;
  if (fault.unit === 'fahrenheit') return value * 1.8 + 32;
  return value * { kilo: 0.001, milli: 1000, tenth: 0.1 }[fault.unit];
}

function factorOf(placed: readonly Placed[], column: number, nowS: number): number {
  let factor = 1;
  for (const { fault, column: at } of placed) {
    if (at !== column || !isActive(fault, nowS)) continue;
    if (fault.kind === 'stuck') return Number.NaN;
    if (fault.kind !== 'unit') factor = lie(fault, factor, nowS, false);
  }
  return factor;
}

function swapColumns(fault: SwapFault, layout: Layout, columnOf: ColumnOf): [number, number][] {
  const [a, b] = [layout.indexOf(fault.entity), layout.indexOf(fault.other)];
  if (b < 0 || a === b || layout.entities[a].kind !== layout.entities[b].kind) {
    throw new RangeError(`fault other '${fault.other}': name another entity of the same kind`);
  }
  if (fault.signal === 'outletPowerW')
    return [[columnOf(a, fault.signal), columnOf(b, fault.signal)]];
  const signals = BMC_SIGNALS.map(signal => [columnOf(a, signal), columnOf(b, signal)]);
  const supply = (host: number, at: number) =>
    columnOf(layout.first.psu + (host - layout.first.host) * PSUS_PER_HOST + at, 'psuInputPowerW');
  const supplies = Array.from({ length: PSUS_PER_HOST }, (_, i) => [supply(a, i), supply(b, i)]);
  return [...signals, ...supplies] as [number, number][];
}
