/** Rack, host and answers on the live page: places, words, comparisons. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { sparkPath } from '../../dashboards/live/src/chart/spark-path.ts';
import { bindingSentence, lossSentence, named } from '../../dashboards/live/src/headroom/words.ts';
import { readFabric } from '../../dashboards/live/src/host/fabric-edges.ts';
import { layoutFabric } from '../../dashboards/live/src/host/fabric-layout.ts';
import { measurePoints } from '../../dashboards/live/src/host/measure-points.ts';
import { forecastColumns } from '../../dashboards/live/src/panels/forecast-columns.ts';
import { limitSentence } from '../../dashboards/live/src/panels/forecast-words.ts';
import { layoutRack } from '../../dashboards/live/src/rack/slots.ts';

const FEED_B = {
  id: 'r1-bus-b',
  kind: 'feed',
  share: 0.5,
  load: 22_400,
  limit: 44_000,
  headroom: 21_600,
};
const RACK = { id: 'r1-k03', kind: 'rack', share: 1, load: 37_400, limit: 44_000, headroom: 6600 };

test('what binds, in words', () => {
  const answer = { headroom: 6600, binding: FEED_B, chain: [RACK, FEED_B] };
  assert.equal(
    bindingSentence('r1-k03', 'power', answer),
    'r1-k03 can take 6.60 kW more. Feed r1-bus-b binds: 22.4 kW of 44 kW, 51 % used.',
  );
  assert.match(
    bindingSentence('r1-k03', 'power', { headroom: -900, binding: RACK }),
    /900 W beyond .* Its own limit binds/,
  );
  assert.match(bindingSentence('r1-k03', 'power', { headroom: null }), /No power limit is known/);
});

test('what a loss does, in words', () => {
  const after = { ...FEED_B, share: 1, load: 44_880 };
  const n1 = { loss: 'r1-bus-a', binding: after, chain: [RACK, after] };
  assert.equal(
    lossSentence({ headroom: 6600, chain: [RACK, FEED_B], n1 }),
    'Feed r1-bus-b would be at 102 % after loss of r1-bus-a.',
  );
  const ups = { ...after, id: 'ups-a1', kind: 'ups' };
  assert.equal(
    lossSentence({ headroom: 1, n1: { loss: 'swgr-b', binding: ups } }),
    'ups-a1 would be at 102 % after loss of swgr-b.',
  );
  const none = { loss: null, binding: null };
  assert.equal(lossSentence({ headroom: 1, n1: none }), 'No single loss makes it worse.');
  assert.equal(lossSentence({ headroom: 1 }), undefined);
});

test('kinds are named by their usual words, and not twice', () => {
  assert.equal(named('pdu', 'r1-k03-pdu-a'), 'PDU r1-k03-pdu-a');
  assert.equal(named('ups', 'ups-a1'), 'ups-a1');
});

test('hosts without a position fill the rack from the floor, nothing overlaps', () => {
  const hosts = [1, 2, 3, 4].map(n => ({ id: `n${n}`, kind: 'host', heightU: 8 }));
  const { units, slots } = layoutRack([{ id: 'tor', kind: 'tor' }, ...hosts]);
  assert.equal(units, 42);
  const taken = slots.flatMap(slot =>
    Array.from({ length: slot.heightU }, (_, at) => slot.fromU + at),
  );
  assert.equal(new Set(taken).size, taken.length);
  assert.ok(Math.min(...taken) >= 1 && Math.max(...taken) <= 42);
  assert.equal(slots.find(slot => slot.id === 'tor')?.fromU, 42);
  assert.ok(slots.every(slot => slot.isGuessed));
});

test('positions of the inventory are kept', () => {
  const items = [
    { id: 'n1', kind: 'host', heightU: 8, attributes: { u: 21 } },
    { id: 'n2', kind: 'host', heightU: 8 },
  ];
  const { slots } = layoutRack(items);
  assert.deepEqual(
    slots.map(slot => [slot.id, slot.fromU, slot.isGuessed]),
    [
      ['n1', 21, false],
      ['n2', 1, true],
    ],
  );
});

test('a rack that is too full grows instead of dropping a host', () => {
  const hosts = Array.from({ length: 8 }, (_, n) => ({ id: `n${n}`, kind: 'host', heightU: 8 }));
  const { units, slots } = layoutRack(hosts);
  assert.equal(slots.length, 8);
  assert.ok(units >= 64);
});

const vertices = [
  { id: 'numa0', kind: 'numa', index: 100 },
  { id: 'sw0', kind: 'pcieSwitch', index: 101 },
  { id: 'gpu1', kind: 'gpu', index: 103 },
  { id: 'gpu0', kind: 'gpu', index: 102 },
];

test('fabric edges may name their ends by position, by entity index or by id', () => {
  const want = [{ a: 'numa0', b: 'sw0', type: 'pcie' }];
  for (const [a, b] of [
    [0, 1],
    [100, 101],
    ['numa0', 'sw0'],
  ]) {
    const fabric = readFabric({ vertices, edges: [{ a, b, type: 'pcie' }] });
    assert.deepEqual(fabric.edges, want);
  }
});

test('the drawing keeps tiers apart and everything within its width', () => {
  const edges = [
    { a: 0, b: 1, type: 'pcie' },
    { a: 1, b: 3, type: 'pcie' },
    { a: 1, b: 2, type: 'pcie' },
  ];
  const plan = layoutFabric(readFabric({ vertices, edges }), 600);
  const yOf = (id: string) => plan.vertices.find(vertex => vertex.id === id)!.y;
  assert.ok(yOf('numa0') < yOf('sw0') && yOf('sw0') < yOf('gpu0'));
  const gpus = plan.vertices.filter(vertex => vertex.kind === 'gpu').map(vertex => vertex.id);
  assert.deepEqual(gpus, ['gpu0', 'gpu1'], 'in the order of their links');
  for (const vertex of plan.vertices) {
    assert.ok(vertex.x >= 0 && vertex.x + vertex.width <= plan.width, vertex.id);
  }
});

test('measuring points are compared with the best estimate where they measure the same', () => {
  const reading = (value: number | null) => ({ value, quality: 'measured' as const });
  const points = measurePoints({
    id: 'n1',
    kind: 'host',
    signals: {
      powerW: reading(5000),
      bmcPowerW: reading(5100),
      gpuPowerW: reading(3000),
      dcmiPowerW: reading(null),
    },
  });
  const of = (signal: string) => points.find(point => point.signal === signal)!;
  assert.ok(Math.abs(of('bmcPowerW').deviation - 0.02) < 1e-9);
  assert.ok(Number.isNaN(of('gpuPowerW').deviation), 'GPUs are a part, not the whole');
  assert.ok(Number.isNaN(of('dcmiPowerW').deviation));
});

test('a sparkline breaks at gaps and is flat when nothing happens', () => {
  const gap = [
    [0, 1],
    [1, 2],
    [2, null],
    [3, 4],
    [4, 5],
  ] as const;
  assert.equal(sparkPath(gap, 100, 20).match(/M/g)?.length, 2);
  const flat = sparkPath(
    [
      [0, 1000],
      [1, 1000.5],
    ],
    100,
    20,
  );
  assert.equal(flat, 'M0.0 10.0L100.0 10.0');
  assert.equal(sparkPath([[0, 1]], 100, 20), '');
});

const AT = Date.parse('2026-01-02T03:00:00Z');
const POINT = { at: '2026-01-02T03:10:00Z', yhat: 12, yhatLower: 10, yhatUpper: 14 };
const LATER = { ...POINT, at: '2026-01-02T04:10:00Z' };

test('history and forecast meet on one axis, history no longer than the horizon', () => {
  const history = [
    [AT - 7_200_000, 9],
    [AT - 60_000, 10],
    [AT, 11],
  ] as const;
  const [times, measured, forecast] = forecastColumns(history, [POINT, LATER]);
  assert.equal(times.length, 4);
  assert.deepEqual(measured, [10, 11, null, null]);
  assert.deepEqual(forecast, [null, 11, 12, 12], 'the forecast starts where the history ends');
});

const FORECAST = {
  ...{ entity: 'demo', signal: 'powerW', unit: 'W', model: 'lastValue', horizonS: 21_600 },
  ...{ stepS: 60, points: [POINT], limit: { value: 44_000, entity: 'r1-k03' } },
};

test('the time to the limit, in words', () => {
  assert.equal(
    limitSentence(FORECAST, AT),
    'The limit of 44 kW at r1-k03 is not reached within 6 h.',
  );
  const timeToLimit = {
    ...{ at: '2026-01-02T06:00:00Z', earliest: '2026-01-02T05:00:00Z', latest: null },
    ...{ limit: 44_000, entity: 'r1-k03' },
  };
  assert.match(
    limitSentence({ ...FORECAST, timeToLimit }, AT),
    /reached in 3 h \(.*\), at the earliest in 2 h\.$/,
  );
  assert.match(
    limitSentence({ ...FORECAST, timeToLimit: { ...timeToLimit, at: null } }, AT),
    /may be reached within 6 h, at the earliest in 2 h\.$/,
  );
});
