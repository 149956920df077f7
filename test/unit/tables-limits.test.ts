import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { CLASSES } from '../../twin/tables/classes.ts';
import type { Kind } from '../../twin/tables/kinds.ts';
import type { LimitRow } from '../../twin/tables/limit-row.ts';
import { LIMITS } from '../../twin/tables/limits.ts';
import { kindsOf } from '../../twin/tables/signals.ts';
import { allUnique, classesOf, named, signalOf, value } from '../support/tables.ts';

test('a limit judges signals that exist at its kinds and are never shed', () => {
  for (const limit of LIMITS) {
    for (const id of [limit.signal, ...(limit.over ? [limit.over] : [])]) {
      const signal = signalOf(id);
      const kinds = kindsOf(signal);
      for (const kind of limit.at) assert.ok(kinds.includes(kind), `${limit.id}: ${id} at ${kind}`);
      assert.equal(signal.shed, 'limit', `${limit.id}: ${id} may be shed`);
    }
  }
});

test('the value of a limit lies within the range of its signal', () => {
  for (const limit of LIMITS) {
    if (limit.value === undefined || limit.kind === 'ratio') continue;
    const [min, max] = signalOf(limit.signal).range;
    assert.ok(limit.value >= min && limit.value <= max, `${limit.id}: ${limit.value}`);
  }
});

test('each kind of limit has what its judgement needs', () => {
  const planeSignal = {
    power: 'powerLoadW',
    cooling: 'heatW',
    network: 'networkLoadBytesPerS',
  } as const;
  for (const limit of LIMITS) {
    if (limit.kind === 'capacity') {
      assert.equal(limit.signal, limit.plane && planeSignal[limit.plane], limit.id);
      assert.equal(limit.compare, 'max', limit.id);
    } else {
      assert.equal(limit.plane, undefined, limit.id);
    }
    assert.equal(limit.kind === 'ratio', limit.over !== undefined, limit.id);
    assert.equal(limit.kind === 'uniform', limit.within !== undefined, limit.id);
    assert.equal(limit.kind === 'uniform' && limit.value !== undefined, false, limit.id);
    assert.ok(limit.groupBy === undefined || limit.kind === 'uniform', limit.id);
    assert.ok(limit.title && limit.source, `${limit.id}: title and source`);
    assert.ok(limit.forS >= 0 && limit.hysteresisRatio >= 0 && limit.hysteresisRatio < 1, limit.id);
    assert.match(limit.id, /^[a-z][A-Za-z0-9]*$/);
  }
});

/** What fills the threshold of a limit at a kind from a class, as the engine does. */
function thresholds(limit: LimitRow, kind: Kind): number[] {
  const { fromClass } = limit;
  if (!fromClass) return [];
  return classesOf(kind)
    .map(row => value(row, fromClass.figure) * (fromClass.factor ?? 1) + (fromClass.plus ?? 0))
    .filter(threshold => !Number.isNaN(threshold));
}

test('a figure that a limit takes from the class exists there, within range', () => {
  for (const limit of LIMITS) {
    if (!limit.fromClass) continue;
    const all = limit.at.flatMap(kind => thresholds(limit, kind));
    assert.ok(all.length > 0, `${limit.id}: no class has ${limit.fromClass.figure}`);
    const [min, max] = signalOf(limit.signal).range;
    for (const threshold of all) {
      assert.ok(threshold >= min && threshold <= max, `${limit.id}: ${threshold}`);
    }
  }
});

test('every kind of capacity limit finds a value in each class of its kinds', () => {
  for (const limit of LIMITS) {
    const figure = limit.fromClass?.figure;
    if (limit.kind !== 'capacity' || !figure) continue;
    for (const kind of limit.at) {
      for (const row of classesOf(kind)) {
        assert.ok(value(row, figure) > 0, `${limit.id}: ${row.id} lacks ${figure}`);
      }
    }
  }
});

test('limits of a class name limits that exist and can apply to it', () => {
  const byId = new Map(LIMITS.map(row => [row.id, row]));
  for (const row of CLASSES) {
    for (const id of Object.keys(row.limits ?? {})) {
      assert.ok(byId.get(id)?.at.includes(row.kind), `${row.id}: ${id}`);
    }
  }
});

test('the default limits are the figures in common use', () => {
  const at = (id: string) => LIMITS.find(row => row.id === id)?.value;
  const common: Record<string, number> = {
    rackPower: 12_000,
    rackCooling: 15_000,
    pduPower: 2816,
    sitePower: 10e6,
    pue: 1.15,
    edgeOversubscription: 4,
    spineOversubscription: 8,
    uplinkUtil: 0.8,
    crossRackTraffic: 0.3,
    fragmentation: 0.15,
    bmcPollDefault: 1,
    bmcPollOnDemand: 5,
    bmcPollNever: 10,
    disasterCopyDistance: 10_000,
    dewPointMargin: 2,
    containerThrottling: 0.05,
    oomKills: 0,
    packetLoss: 0.001,
    diskSaturation: 0.8,
    inletRecommended: 27,
    inletAllowable: 35,
    pcieWidth: 1,
    pcieSpeed: 1,
  };
  for (const [id, figure] of Object.entries(common)) assert.equal(at(id), figure, id);
});

test('GPU temperatures are acted on before the hardware slows down', () => {
  const h100 = named('h100-sxm5-80gb');
  const at = (id: string) => {
    const from = LIMITS.find(row => row.id === id)?.fromClass;
    assert.ok(from, id);
    return value(h100, from.figure) + (from.plus ?? 0);
  };
  assert.deepEqual([at('gpuTempWarn'), at('gpuTempAct'), at('gpuTempSlowdown')], [84, 87, 89]);
  const margin = (id: string) => LIMITS.find(row => row.id === id)?.value ?? Number.NaN;
  assert.ok(margin('gpuMarginWarn') > margin('gpuMarginAct'));
  assert.ok(margin('gpuMarginAct') > margin('gpuMarginSlowdown'));
});

test('docs/runbooks.md has a section for every limit, and none without a limit', () => {
  const text = readFileSync(new URL('../../docs/runbooks.md', import.meta.url), 'utf8');
  const anchors = [...text.matchAll(/^## (.+)$/gm)].map(match =>
    match[1]
      .toLowerCase()
      .replace(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-'),
  );
  allUnique('headings', anchors);
  const wanted = new Set(LIMITS.map(row => row.runbook));
  assert.deepEqual(
    [...wanted].filter(anchor => !anchors.includes(anchor)),
    [],
  );
  assert.deepEqual(
    anchors.filter(anchor => !wanted.has(anchor)),
    [],
  );
});
