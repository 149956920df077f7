/** What missing panels and reversed machines do to the exchange of air between racks. */

import type { Matrix } from '../../maths/matrix.ts';
import { AIRFLOW_FAULTS } from '../../tables/physics/thermal.ts';
import { notNegative } from '../number-check.ts';

const OPEN_UNIT = AIRFLOW_FAULTS.openUnitRatio.value;
const OPEN_UNITS_MAX = AIRFLOW_FAULTS.openUnitsMaxRatio.value;
const REVERSED_HOT = AIRFLOW_FAULTS.reversedHotRatio.value;
const REVERSED_SPILL = AIRFLOW_FAULTS.reversedSpillRatio.value;

/** The flows of a row and what they exchange; see `recirculation.ts`. */
interface RowAir {
  readonly exchange: Matrix;
  readonly flowWPerK: readonly number[];
}

/** Part of a rack's own exhaust that comes back through open units without blanking panels. */
const openUnitsRatio = (openUnits: number) =>
  Math.min(OPEN_UNITS_MAX, OPEN_UNIT * notNegative('openUnits', openUnits));

/** The row with units of one rack left open: its exhaust comes round to its own inlet. */
export function withOpenUnits(row: RowAir, rack: number, openUnits: number): RowAir {
  const exchange = row.exchange.map(parts => [...parts]);
  exchange[rack][rack] = Math.max(exchange[rack][rack], openUnitsRatio(openUnits));
  return { ...row, exchange: withinBounds(exchange, row.flowWPerK) };
}

/**
 * The row with one rack (or a machine that is looked at as one) blowing the wrong way: it breathes
 * the hot aisle, which its neighbours fill, and they breathe some of what it blows out.
 */
export function withReversed(row: RowAir, rack: number): RowAir {
  const { flowWPerK } = row;
  const exchange = row.exchange.map(parts => [...parts]);
  const neighbours = flowWPerK.map((_, i) => i).filter(i => i !== rack);
  const aroundWPerK = neighbours.reduce((sum, i) => sum + flowWPerK[i], 0);
  if (aroundWPerK === 0) return row;
  exchange[rack][rack] = 0;
  for (const i of neighbours) {
    exchange[i][rack] = (REVERSED_HOT * flowWPerK[rack]) / aroundWPerK;
    const isNext = Math.abs(i - rack) === 1;
    exchange[rack][i] = isNext ? REVERSED_SPILL : 0;
  }
  return { ...row, exchange: withinBounds(exchange, flowWPerK) };
}

/** Less than all of every exhaust and of every breath: what a fault adds crowds out the rest. */
const ALL_BUT = 0.98;

function withinBounds(exchange: number[][], flowWPerK: readonly number[]): number[][] {
  const given = exchange.map(row => {
    const sum = row.reduce((total, part) => total + part, 0);
    return sum > ALL_BUT ? row.map(part => (part * ALL_BUT) / sum) : row;
  });
  const breathed = flowWPerK.map((flow, j) => {
    const sum = given.reduce((total, row, i) => total + row[j] * flowWPerK[i], 0);
    return sum > ALL_BUT * flow ? (ALL_BUT * flow) / sum : 1;
  });
  return given.map(row => row.map((part, j) => part * breathed[j]));
}
