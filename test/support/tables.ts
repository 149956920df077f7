/** What the tests of the tables share: lookups that fail the test when a row is not there. */
import assert from 'node:assert/strict';
import type { Figure, HardwareClass } from '../../twin/tables/catalogue.ts';
import { CLASSES, classById } from '../../twin/tables/classes.ts';
import type { Kind } from '../../twin/tables/kinds.ts';
import { SIGNALS, type SignalRow } from '../../twin/tables/signals.ts';
import { UNITS } from '../../twin/tables/units.ts';

const SIGNAL_BY_ID = new Map(SIGNALS.map(row => [row.id, row]));

export function signalOf(id: string): SignalRow {
  const row = SIGNAL_BY_ID.get(id);
  assert.ok(row, `unknown signal ${id}`);
  return row;
}

export const classesOf = (kind: Kind) => CLASSES.filter(row => row.kind === kind);

export function named(id: string): HardwareClass {
  const row = classById(id);
  assert.ok(row, `no class ${id}`);
  return row;
}

/** A figure of a class, NaN where it has none. */
export const value = (row: HardwareClass, figure: string) =>
  row.figures[figure]?.value ?? Number.NaN;

export function allUnique(what: string, ids: readonly string[]) {
  const twice = ids.filter((id, i) => ids.indexOf(id) !== i);
  assert.deepEqual(twice, [], `${what} that stand twice`);
}

/** Units of figures beyond those of signals. */
export const FIGURE_UNITS = [
  ...Object.keys(UNITS),
  ...['U', 'M3', 'Flops', 'KPerW', 'KgPerM3', 'JPerKgK'],
];

export function checkFigure(where: string, figure: Figure) {
  assert.ok(Number.isFinite(figure.value), `${where}: value`);
  assert.match(figure.mark, /^[SMCD]$/, `${where}: mark`);
  assert.ok(figure.source.length > 3, `${where}: source`);
}
