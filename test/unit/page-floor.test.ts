/** The floor of the live page: where racks stand, what they look like, how one gets around. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { EntityState } from '../../dashboards/live/src/api/types.ts';
import { badgesOf } from '../../dashboards/live/src/floor/badges.ts';
import {
  CELL_CURRENT,
  CELL_MISSING,
  CELL_STALE,
  type CellInput,
  computeCells,
  histogram,
} from '../../dashboards/live/src/floor/cells.ts';
import {
  type Box,
  layoutFloor,
  type Placeable,
  RACK_WIDTH,
} from '../../dashboards/live/src/floor/layout.ts';
import { rackLimits } from '../../dashboards/live/src/floor/limits.ts';
import {
  boxAt,
  clamped,
  fit,
  neighbour,
  panned,
  revealed,
  zoomedAt,
} from '../../dashboards/live/src/floor/viewport.ts';

fc.configureGlobal({ seed: 7 });

function site(halls: number, rows: number, racks: number): Placeable[] {
  const entities: Placeable[] = [{ id: 'site', kind: 'site' }];
  for (let h = 0; h < halls; h++) {
    entities.push({ id: `h${h}`, kind: 'hall', parent: 'site' });
    entities.push({ id: `h${h}-crah`, kind: 'crah', parent: `h${h}` });
    for (let r = 0; r < rows; r++) {
      const row = `h${h}r${r}`;
      entities.push({ id: row, kind: 'row', parent: `h${h}` });
      entities.push({ id: `${row}-pdu`, kind: 'pdu', parent: row });
      for (let k = 0; k < racks; k++) {
        entities.push({ id: `${row}k${k}`, kind: 'rack', parent: row });
      }
    }
  }
  return entities;
}

const overlap = (one: Box, other: Box) =>
  one.x < other.x + other.width - 1e-9 &&
  other.x < one.x + one.width - 1e-9 &&
  one.y < other.y + other.height - 1e-9 &&
  other.y < one.y + one.height - 1e-9;

const inside = (box: Box, outer: Box) =>
  box.x >= outer.x - 1e-9 &&
  box.y >= outer.y - 1e-9 &&
  box.x + box.width <= outer.x + outer.width + 1e-9 &&
  box.y + box.height <= outer.y + outer.height + 1e-9;

test('every rack is placed once, in its hall, over no other and over no unit', () => {
  const count = fc.integer({ min: 1, max: 6 });
  const aspect = fc.double({ min: 0.5, max: 3, noNaN: true });
  fc.assert(
    fc.property(count, count, count, aspect, (halls, rows, racks, shape) => {
      const plan = layoutFloor(site(halls, rows, racks), shape);
      assert.equal(new Set(plan.racks.map(rack => rack.id)).size, halls * rows * racks);
      for (const hall of plan.halls) assert.ok(inside(hall, { x: 0, y: 0, ...plan }), hall.id);
      for (const rack of plan.racks) {
        assert.ok(inside(rack, plan.halls.find(hall => hall.id === rack.hall)!), rack.id);
      }
      const boxes: Box[] = [...plan.racks, ...plan.glyphs];
      boxes.forEach((box, at) => {
        assert.ok(!boxes.slice(at + 1).some(other => overlap(box, other)), `${at} overlaps`);
      });
    }),
    { numRuns: 60 },
  );
});

test('5,000 racks fill a plan of about the wanted shape', () => {
  const plan = layoutFloor(site(1, 250, 20), 1.5);
  assert.equal(plan.racks.length, 5000);
  const shape = plan.width / plan.height;
  assert.ok(shape > 1 && shape < 2.2, `${shape}`);
});

test('positions of the inventory win, in metres, when a whole hall has them', () => {
  const entities = site(1, 1, 2).map(entity =>
    entity.kind === 'rack'
      ? { ...entity, attributes: { x: entity.id.endsWith('1') ? 7 : 4, y: 3 } }
      : entity,
  );
  const [one, other] = layoutFloor(entities, 1.5).racks;
  assert.ok(Math.abs(other.x - one.x - 3) < 1e-9);
  assert.equal(one.width, RACK_WIDTH);
});

test('racks whose parent is unknown are shown, not lost', () => {
  const plan = layoutFloor([{ id: 'k1', kind: 'rack', parent: 'gone' }], 1.5);
  assert.deepEqual(
    plan.racks.map(rack => rack.id),
    ['k1'],
  );
  assert.equal(plan.halls[0].title, 'Racks in no hall');
});

test('an empty site has a plan too', () => {
  const plan = layoutFloor([], 1.5);
  assert.equal(plan.racks.length, 0);
  assert.ok(plan.width > 0 && plan.height > 0);
});

const column = (values: number[], qualities: number[]) => ({
  values: Float32Array.from(values),
  agesS: new Float32Array(values.length),
  receivedMs: new Float64Array(values.length),
  qualities: Uint8Array.from(qualities),
});

const INPUT: CellInput = {
  signal: 'powerW',
  isRelative: true,
  column: column([22_000, 48_400, 11_000, Number.NaN], [4, 4, 1, 0]),
  limits: new Float32Array(4).fill(44_000),
  compare: 'max',
  count: 4,
};

test('cells: current, beyond the limit, stale and missing are told apart', () => {
  const cells = computeCells(INPUT);
  assert.deepEqual([...cells.states], [CELL_CURRENT, CELL_CURRENT, CELL_STALE, CELL_MISSING]);
  assert.deepEqual([...cells.breaches], [0, 1, 0, 0]);
  assert.ok(Math.abs(cells.numbers[0] - 0.5) < 1e-6);
  assert.deepEqual(cells.counts, { current: 2, stale: 1, missing: 1, modelled: 0, breached: 1 });
  assert.equal(
    histogram(cells, 10).reduce((sum, count) => sum + count, 0),
    3,
  );
});

test('a relative value without a limit is missing, not infinite', () => {
  const limits = Float32Array.from([Number.NaN, 44_000, 44_000, 44_000]);
  assert.equal(computeCells({ ...INPUT, limits }).states[0], CELL_MISSING);
});

test('the domain widens with the values and does not jump back', () => {
  const wide = computeCells(INPUT).domain;
  const calm = column([22_000, 23_000, 11_000, Number.NaN], [4, 4, 1, 0]);
  assert.deepEqual(computeCells({ ...INPUT, column: calm, before: wide }).domain, wide);
  const wilder = column([22_000, 90_000, 11_000, Number.NaN], [4, 4, 1, 0]);
  assert.ok(computeCells({ ...INPUT, column: wilder, before: wide }).domain.high > wide.high);
});

test('without a column everything is missing', () => {
  const cells = computeCells({ ...INPUT, column: undefined });
  assert.equal(cells.counts.missing, 4);
});

test('arrows reach every rack, and left undoes right', () => {
  const plan = layoutFloor(site(2, 3, 4), 1.5);
  const reached = new Set([plan.racks[0].id]);
  const open = [plan.racks[0]];
  for (let from = open.pop(); from; from = open.pop()) {
    for (const direction of ['left', 'right', 'up', 'down'] as const) {
      const next = neighbour(plan, from, direction);
      if (next && !reached.has(next.id)) {
        reached.add(next.id);
        open.push(next);
      }
    }
  }
  assert.equal(reached.size, plan.racks.length);
  const right = neighbour(plan, plan.racks[0], 'right')!;
  assert.equal(right.id, 'h0r0k1');
  assert.equal(neighbour(plan, right, 'left')?.id, plan.racks[0].id);
});

const CANVAS = { width: 1000, height: 600 };

test('zoom keeps the point under the pointer', () => {
  const plan = layoutFloor(site(1, 4, 10), 1.5);
  const view = fit(plan, CANVAS);
  const rack = plan.racks[13];
  const at = {
    x: (rack.x + 0.1) * view.scale + view.left,
    y: (rack.y + 0.1) * view.scale + view.top,
  };
  assert.equal(boxAt(plan.racks, view, at)?.id, rack.id);
  assert.equal(boxAt(plan.racks, zoomedAt(view, 3, at, view.scale), at)?.id, rack.id);
});

test('the plan cannot be dragged or zoomed out of reach', () => {
  const plan = layoutFloor(site(1, 4, 10), 1.5);
  const view = fit(plan, CANVAS);
  const far = clamped(panned(view, 1e5, -1e5), plan, CANVAS);
  assert.ok(far.left < CANVAS.width && far.top + plan.height * far.scale > 0);
  assert.ok(zoomedAt(view, 1e-6, { x: 0, y: 0 }, view.scale).scale >= view.scale / 2);
});

test('a rack off the canvas is brought onto it', () => {
  const plan = layoutFloor(site(1, 4, 10), 1.5);
  const rack = plan.racks[39];
  const view = zoomedAt(fit(plan, CANVAS), 4, { x: 0, y: 0 }, 60);
  const seen = revealed(view, rack, CANVAS);
  const left = rack.x * seen.scale + seen.left;
  assert.ok(left >= 0 && left + rack.width * seen.scale <= CANVAS.width, `${left}`);
});

test('badges count what fires in a rack and show the worst', () => {
  const alert = (rack: string | undefined, severity: 'warning' | 'critical', state = 'firing') => ({
    severity,
    state,
    ...(rack ? { place: { rack } } : {}),
  });
  const badges = badgesOf([
    alert('k1', 'warning'),
    alert('k1', 'critical'),
    alert('k2', 'critical', 'pending'),
    alert(undefined, 'critical'),
  ]);
  assert.deepEqual([...badges], [['k1', { worst: 'critical', count: 2 }]]);
});

const STATE = { id: 'k1', kind: 'rack', signals: {} };
const RACKS = [{ id: 'k1' }];
const MARGIN = {
  ...{ id: 'gpuMarginWarn', title: '', signal: 'gpuThermalMarginK', at: ['gpu'], kind: 'bound' },
  ...{ compare: 'min' as const, value: 3 },
};

test("a rack's own limit wins, then its plane's, then that of its parts", () => {
  const limitOf = (signal: string, signals: EntityState['signals'], capacity?: number) =>
    rackLimits({
      ...{ signal, racks: RACKS, states: [{ ...STATE, signals }], table: [MARGIN] },
      capacity: capacity === undefined ? undefined : Float32Array.of(capacity),
    });
  const quality = 'measured' as const;
  const own = { id: 'inlet', value: 27, compare: 'max' as const, breached: false };
  assert.equal(
    limitOf('inletTempC', { inletTempC: { value: 20, quality, limit: own } }).values[0],
    27,
  );
  assert.equal(limitOf('powerW', {}, 44_000).values[0], 44_000);
  assert.equal(limitOf('powerW', { powerW: { value: 1, quality, limit: own } }, 1).values[0], 27);
  assert.ok(Number.isNaN(limitOf('powerW', {}, Number.NaN).values[0]));
  assert.deepEqual(limitOf('gpuThermalMarginK', {}), {
    values: Float32Array.of(3),
    compare: 'min',
    of: 'each GPU',
  });
  assert.deepEqual(limitOf('powerHeadroomN1W', {}).compare, 'min');
  assert.ok(Number.isNaN(limitOf('utilRatio', {}).values[0]));
});
