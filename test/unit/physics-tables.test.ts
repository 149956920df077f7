/** Constants of power, heat and energy: where each is from, and that their names carry units. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Figure } from '../../twin/tables/catalogue.ts';
import * as energy from '../../twin/tables/physics/energy.ts';
import * as power from '../../twin/tables/physics/power.ts';
import * as thermal from '../../twin/tables/physics/thermal.ts';
import { checkFigure, FIGURE_UNITS } from '../support/tables.ts';

/** Units of formulas, beyond those of classes and signals. */
const UNITS = [
  ...FIGURE_UNITS,
  ...['PerK', 'PerM', 'KgPerJ', 'WPerK', 'JPerK', 'WPerKPerM3', 'BtuPerHPerW', 'Exponent'],
];
/** Pure numbers, whole names that are units, and figures that stand alone. */
const BARE = [
  ...['exponent', 'perK', 'ridge', 'sweepsMax', 'm3PerSPerCfm'],
  ...['MARGIN_ZERO_TEMP_C', 'SHEET_TOLERANCE_RATIO'],
];

const isFigure = (value: object): value is Figure => 'mark' in value && 'source' in value;

function figuresIn(path: string, value: unknown): (readonly [string, Figure])[] {
  if (typeof value !== 'object' || value === null) return [];
  if (isFigure(value)) return [[path, value]];
  return Object.entries(value).flatMap(([name, inner]) => figuresIn(`${path}.${name}`, inner));
}

const FIGURES = Object.entries({ energy, power, thermal }).flatMap(([name, table]) =>
  figuresIn(name, { ...table }),
);

test('every constant has a finite value, a mark and a source', () => {
  assert.ok(FIGURES.length > 70, `${FIGURES.length} figures`);
  for (const [path, figure] of FIGURES) checkFigure(path, figure);
});

test('the name of every constant ends with its unit', () => {
  const names = FIGURES.filter(([path]) => !path.includes('DVFS_EXPONENTS')).map(([path]) =>
    path.slice(path.lastIndexOf('.') + 1),
  );
  const bare = names.filter(name => !BARE.includes(name) && !UNITS.some(u => name.endsWith(u)));
  assert.deepEqual(bare, []);
});

test('figures that stand for each other agree', () => {
  const { sinkTauS, totalKPerW, dieRatio } = thermal.GPU_AIR_RC;
  const sinkJPerK = sinkTauS.value / (totalKPerW.value * (1 - dieRatio.value));
  // The heat that a heatsink holds: 450 J/K over all of its resistance
  assert.ok(sinkJPerK > 400 && sinkJPerK < 700, `${sinkJPerK} J/K`);
  const {
    partLoadConstantRatio: a,
    partLoadLinearRatio: b,
    partLoadSquareRatio: c,
  } = energy.CHILLER;
  assert.ok(Math.abs(a.value + b.value + c.value - 1) < 1e-3);
});
