import assert from 'node:assert/strict';
import test from 'node:test';
import { CLASSES } from '../../twin/tables/classes.ts';
import { CONSTANTS } from '../../twin/tables/constants.ts';
import { KIND_INDEX, KINDS, type Kind } from '../../twin/tables/kinds.ts';
import { LIMITS } from '../../twin/tables/limits.ts';
import {
  allUnique,
  checkFigure,
  classesOf,
  FIGURE_UNITS,
  named,
  value,
} from '../support/tables.ts';

test('every figure has a finite value, a mark, a source and a unit in its name', () => {
  for (const row of CLASSES) {
    assert.ok(row.title && row.kind in KIND_INDEX, row.id);
    assert.match(row.id, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    for (const [name, figure] of Object.entries(row.figures)) {
      checkFigure(`${row.id} ${name}`, figure);
      assert.ok(
        FIGURE_UNITS.some(unit => name.endsWith(unit)) || name === 'peakFlops',
        `${row.id}: ${name} ends with no unit`,
      );
    }
  }
});

test('parts of a class exist, are of their kind and can stand in it', () => {
  const inside = new Map<Kind, readonly Kind[]>(KINDS.map(row => [row.id, row.in]));
  for (const row of CLASSES) {
    for (const part of row.components ?? []) {
      assert.ok(part.count > 0 && Number.isInteger(part.count), `${row.id} ${part.kind}`);
      assert.ok(inside.get(part.kind)?.includes(row.kind), `${part.kind} in ${row.id}`);
      if (part.class) assert.equal(named(part.class).kind, part.kind, `${row.id}: ${part.class}`);
    }
    allUnique(
      `${row.id} parts`,
      (row.components ?? []).map(part => part.kind),
    );
  }
});

test('figures of one row are in their physical order', () => {
  const orders = [
    ['powerIdleW', 'powerMaxW'],
    ['powerMinCapW', 'powerMaxW'],
    ['powerIdleW', 'powerReadyW'],
    ['powerReadyW', 'powerMinCapW'],
    ['powerReadyW', 'powerMaxW'],
    ['powerIdleW', 'powerMinCapW'],
    ['maxOpTempC', 'slowdownTempC'],
    ['slowdownTempC', 'shutdownTempC'],
    ['shutdownMarginK', 'slowdownMarginK'],
    ['inletMinTempC', 'inletMaxTempC'],
    ['coolantFlowMinM3PerS', 'coolantFlowM3PerS'],
    ['fanPowerMaxW', 'powerMaxW'],
    ['powerMaxW', 'coolingLimitW'],
    ['efficiency10Ratio', 'efficiency50Ratio'],
    ['efficiency100Ratio', 'efficiency50Ratio'],
  ];
  let compared = 0;
  for (const row of CLASSES) {
    for (const [less, more] of orders) {
      if (!row.figures[less] || !row.figures[more]) continue;
      compared++;
      assert.ok(value(row, less) < value(row, more), `${row.id}: ${less} < ${more}`);
    }
  }
  assert.ok(compared > 90, `compared ${compared}`);
});

const required = (kind: Kind, figures: readonly string[]) => {
  for (const row of classesOf(kind)) {
    for (const figure of figures) assert.ok(row.figures[figure], `${row.id} lacks ${figure}`);
  }
};

test('classes of a kind have the figures that code looks up', () => {
  const gpu = ['powerIdleW', 'powerMaxW', 'memBytes', 'memBytesPerS', 'peakFlops', 'smCount'];
  required('gpu', [...gpu, 'smMaxClockHz', 'nvlinkCount', 'nvlinkBytesPerS', 'linkMaxBytesPerS']);
  const host = ['powerMaxW', 'powerIdleW', 'heightU', 'airflowM3PerS', 'fanPowerMaxW', 'memBytes'];
  required('host', [...host, 'cpuTdpW', 'inletMaxTempC', 'uplinkBytesPerS']);
  required('psu', ['ratedW', 'powerLimitW']);
  required(
    'psu',
    [10, 20, 50, 100].map(load => `efficiency${load}Ratio`),
  );
  const loss = ['lossNoLoadRatio', 'lossLinearRatio', 'lossSquareRatio'];
  required('ups', ['ratedW', 'powerLimitW', 'batteryJ', ...loss]);
  required('rack', ['powerLimitW', 'coolingLimitW', 'heightU']);
  for (const kind of ['utilityFeed', 'switchgear', 'sts', 'feed', 'pdu'] as const) {
    required(kind, ['powerLimitW']);
  }
  for (const kind of ['tor', 'eor', 'spine'] as const) {
    required(kind, ['portCount', 'portBytesPerS', 'uplinkBytesPerS', 'powerMaxW', 'hopLatencyS']);
    for (const row of classesOf(kind)) assert.match(row.traits?.airflow ?? '', /To/, row.id);
  }
  for (const row of classesOf('rack')) assert.match(row.traits?.cooling ?? '', /^(air|liquid)$/);
});

test('the catalogue has every class that the product names', () => {
  const gpus = ['a100-sxm4-80gb', 'h100-sxm5-80gb', 'h200-sxm5-141gb', 'b200-sxm-180gb'];
  for (const id of [...gpus, 'gb200', 'gb300', 'l40s', 'mi300x']) {
    assert.equal(named(id).kind, 'gpu');
  }
  const dgx = ['dgx-a100', 'dgx-h100', 'dgx-h200', 'dgx-b200', 'dgx-b300'];
  for (const id of [...dgx, 'gb200-nvl72-tray']) {
    assert.equal(named(id).kind, 'host');
  }
  const types = classesOf('accelerator').map(row => row.traits?.type);
  assert.deepEqual([...new Set(types)].sort(), ['cxlPool', 'dpu', 'fpga', 'npu']);
});

test('the reference host has eight GPUs, two PSUs and two NICs and nothing else', () => {
  const parts = named('reference-8gpu').components?.map(part => [part.kind, part.count]);
  assert.deepEqual(parts, [
    ['gpu', 8],
    ['nic', 2],
    ['psu', 2],
  ]);
});

test('breakers carry 80 % of their rating', () => {
  assert.equal(value(named('pdu-16a-220v'), 'powerLimitW'), 2816);
  assert.equal(value(named('pdu-32a-220v'), 'powerLimitW'), 5632);
  assert.equal(value(named('pdu-63a-400v'), 'powerLimitW'), 34_918);
});

test('the PSUs that a host needs carry its maximum, and it has them', () => {
  for (const row of [...classesOf('host'), ...classesOf('rack')]) {
    const psus = row.components?.find(part => part.kind === 'psu');
    if (!psus?.class) continue;
    const needed = value(row, 'psuRequiredCount');
    assert.ok(needed >= 1 && needed < psus.count, `${row.id}: ${needed} of ${psus.count}`);
    const carriedW = needed * value(named(psus.class), 'ratedW');
    const neededW = value(row, row.kind === 'rack' ? 'powerLimitW' : 'powerMaxW');
    assert.ok(carriedW >= neededW, `${row.id}: ${carriedW} W`);
  }
});

test('a host at its maximum has room for its GPUs at theirs, and idles above them', () => {
  for (const row of classesOf('host')) {
    const gpus = row.components?.find(part => part.kind === 'gpu');
    if (!gpus?.class) continue;
    const gpu = named(gpus.class);
    assert.ok(value(row, 'powerMaxW') > gpus.count * value(gpu, 'powerMaxW'), row.id);
    assert.ok(value(row, 'powerIdleW') > gpus.count * value(gpu, 'powerIdleW'), row.id);
  }
});

test('air that leaves an air-cooled host at its maximum is 10-22 K warmer', () => {
  const { airDensityKgPerM3, airHeatJPerKgK } = CONSTANTS;
  for (const row of classesOf('host').filter(host => host.traits?.cooling === 'air')) {
    const flow = value(row, 'airflowM3PerS') * airDensityKgPerM3.value * airHeatJPerKgK.value;
    const riseK = value(row, 'powerMaxW') / flow;
    assert.ok(riseK > 10 && riseK < 22, `${row.id}: ${riseK} K`);
  }
});

test('a class of switch keeps within the oversubscription that the limits allow', () => {
  for (const limit of LIMITS.filter(row => row.signal === 'oversubscriptionRatio')) {
    for (const row of limit.at.flatMap(classesOf)) {
      const ratio = value(row, 'downlinkBytesPerS') / value(row, 'uplinkBytesPerS');
      assert.ok(ratio <= (limit.value ?? 0), `${row.id}: ${ratio}`);
    }
  }
});

test('a UPS loses 5.4 % at a load of 0.3 and 4.2 % at 0.5', () => {
  const ups = named('ups-1mw');
  const [a, b, c] = ['lossNoLoadRatio', 'lossLinearRatio', 'lossSquareRatio'].map(figure =>
    value(ups, figure),
  );
  const efficiency = (x: number) => x / (x + a + b * x + c * x * x);
  assert.ok(Math.abs(efficiency(0.3) - 0.946) < 0.002, `${efficiency(0.3)}`);
  assert.ok(Math.abs(efficiency(0.5) - 0.958) < 0.002, `${efficiency(0.5)}`);
});
