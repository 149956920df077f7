/** Which values go out, when a series ends, and the roll-ups of a minute. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { candidatesOf } from '../../server/forward/choice.ts';
import { ENDED, type Slice } from '../../server/forward/group.ts';
import { createRollUps, rolledUp } from '../../server/forward/roll-ups.ts';
import { createSampler } from '../../server/forward/sampler.ts';
import { placeOf } from '../../server/place.ts';
import { KINDS, type Kind, metricName, SIGNALS } from '../../twin/index.ts';
import { forwardSite } from '../support/forward-site.ts';
import { TWO_RACKS } from '../support/inventories.ts';

const choice = (kinds: readonly Kind[], signals: readonly string[], parts = {}) => ({
  ...{ kinds, signals, measured: true, stale: false, maxSeries: 1e6 },
  ...parts,
});

/** Values by `metric entity`; `ended` for the mark. */
function valuesIn(slices: readonly Slice[]): Record<string, number | 'ended'> {
  const found: Record<string, number | 'ended'> = {};
  for (const { group, values } of slices) {
    values.forEach((value, i) => {
      if (Number.isNaN(value)) return;
      const offset = Math.floor(i / group.fields.length);
      const id = group.topology.ids[group.firstEntity + offset];
      const metric = `${group.measurement}_${group.fields[i % group.fields.length]}`;
      found[`${metric} ${id}`] = value === ENDED ? 'ended' : value;
    });
  }
  return found;
}

const FIRST_MS = 1_760_000_040_000;

test('every number of every kind has the name that it has on the metrics page', () => {
  const kinds = KINDS.map(({ id }) => id);
  const all = candidatesOf({ kinds, measured: true, stale: true, maxSeries: 1 });
  assert.ok(all.length > 300, `${all.length}`);
  assert.ok(all.every(({ signal }) => SIGNALS[signal].unit !== 'Text'));
  const site = forwardSite();
  site.write('bmcPowerW', 'k1-n1', 5000);
  site.live.twin.tick(site.clock.nowMs);
  const { slices } = createSampler(site.live, choice(['host'], ['bmcPowerW'])).take(FIRST_MS);
  const bmc = SIGNALS.find(({ id }) => id === 'bmcPowerW')!;
  assert.deepEqual(valuesIn(slices), { [`${metricName('host', bmc)} k1-n1`]: 5000 });
  assert.deepEqual(placeOf(site.live.twin.topology, site.live.twin.topology.indexOf('k1-n1')), [
    ['site', 's'],
    ['hall', 'h'],
    ['row', 'r'],
    ['rack', 'k1'],
    ['host', 'k1-n1'],
  ]);
});

test('no two fields of a kind, with those of their roll-ups, have one name', () => {
  for (const { id } of KINDS) {
    const candidates = candidatesOf({ kinds: [id], measured: true, stale: true, maxSeries: 1 });
    const fields = candidates.map(({ field }) => field);
    assert.equal(new Set(fields).size, fields.length, id);
    const group = { kind: id, measurement: `orrery_${id}`, fields } as never;
    const rolled = rolledUp(group).fields;
    assert.equal(new Set(rolled).size, 5 * fields.length, id);
  }
});

test('derived values go, measured ones only when asked for, best estimates always', () => {
  const site = forwardSite();
  for (const id of ['k1-n1', 'k1-n2']) site.write('inletTempC', id, 21);
  site.write('bmcPowerW', 'k1-n1', 5000);
  site.live.twin.tick(site.clock.nowMs);
  const wanted = (measured: boolean) => {
    const signals = ['inletTempC', 'powerW', 'bmcPowerW'];
    const made = createSampler(site.live, choice(['rack', 'host'], signals, { measured }));
    return valuesIn(made.take(FIRST_MS).slices);
  };
  const derived = wanted(false);
  assert.equal(derived['orrery_rack_inlet_temp_celsius k1'], 21);
  assert.equal(derived['orrery_host_power_watts k1-n1'], 5000, 'chosen among the measuring points');
  assert.ok(Number(derived['orrery_rack_power_watts k1']) >= 5000);
  assert.equal(derived['orrery_host_inlet_temp_celsius k1-n1'], undefined);
  assert.equal(derived['orrery_host_bmc_power_watts k1-n1'], undefined);
  const all = wanted(true);
  assert.equal(all['orrery_host_inlet_temp_celsius k1-n1'], 21);
  assert.equal(all['orrery_host_bmc_power_watts k1-n1'], 5000);
});

test('a series that falls silent is ended once, and may come back', () => {
  const site = forwardSite();
  const sampler = createSampler(site.live, choice(['host'], ['bmcPowerW']));
  site.write('bmcPowerW', 'k1-n1', 1);
  site.write('bmcPowerW', 'k1-n2', 2);
  const key = (n: number) => `orrery_host_bmc_power_watts k1-n${n}`;
  const round = (n: number) => valuesIn(sampler.take(FIRST_MS + 15_000 * n).slices);
  assert.deepEqual(round(0), { [key(1)]: 1, [key(2)]: 2 });
  site.end('bmcPowerW', 'k1-n2');
  assert.deepEqual(round(1), { [key(1)]: 1, [key(2)]: 'ended' });
  assert.deepEqual(round(2), { [key(1)]: 1 });
  site.write('bmcPowerW', 'k1-n2', 3);
  assert.deepEqual(round(3), { [key(1)]: 1, [key(2)]: 3 });
});

test('stale values go when asked for, until they are missing', () => {
  const site = forwardSite();
  const sampler = createSampler(site.live, choice(['host'], ['bmcPowerW'], { stale: true }));
  site.write('bmcPowerW', 'k1-n1', 1);
  const key = 'orrery_host_bmc_power_watts k1-n1';
  const at = (seconds: number) => {
    site.live.twin.tick(site.clock.nowMs + 1000 * seconds);
    return valuesIn(sampler.take(FIRST_MS + 1000 * seconds).slices);
  };
  assert.deepEqual(at(0), { [key]: 1 });
  assert.deepEqual(at(120), { [key]: 1 }, 'stale after 90 s');
  assert.deepEqual(at(1000), { [key]: 'ended' }, 'missing after ten times that');
  assert.deepEqual(at(1015), {});
});

const fewerRacks = () => {
  const parts = structuredClone(TWO_RACKS) as {
    site: { halls: { rows: { racks: object[] }[] }[] };
  };
  Object.assign(parts.site.halls[0].rows[0].racks[0], { count: 1 });
  return parts;
};

test('a new generation goes on with what stays, and ends what has gone', () => {
  const site = forwardSite();
  const sampler = createSampler(site.live, choice(['rack', 'host'], ['bmcPowerW', 'cpuTempC']));
  for (const id of ['k1-n1', 'k2-n1']) site.write('bmcPowerW', id, 7);
  sampler.take(FIRST_MS);
  site.change(fewerRacks());
  // A signal seen for the first time moves the columns, too.
  site.write('cpuTempC', 'k1-n1', 60);
  const { slices } = sampler.take(FIRST_MS + 15_000);
  assert.deepEqual(valuesIn(slices), {
    'orrery_host_bmc_power_watts k1-n1': 7,
    'orrery_host_bmc_power_watts k2-n1': 'ended',
    'orrery_host_cpu_temp_celsius k1-n1': 60,
  });
  assert.ok(slices.every(({ atMs }) => atMs === FIRST_MS + 15_000));
  const after = valuesIn(sampler.take(FIRST_MS + 30_000).slices);
  assert.equal(after['orrery_host_bmc_power_watts k2-n1'], undefined);
});

test('an entity that moves to another rack ends there and begins here', () => {
  const site = forwardSite();
  const sampler = createSampler(site.live, choice(['row'], ['powerW']));
  site.live.twin.tick(site.clock.nowMs);
  const before = sampler.take(FIRST_MS).slices;
  assert.equal(Object.keys(valuesIn(before)).length, 1);
  const moved = structuredClone(TWO_RACKS) as { site: { halls: { id: string }[] } };
  moved.site.halls[0].id = 'h2';
  site.change(moved as never);
  site.live.twin.tick(site.clock.nowMs);
  const { slices } = sampler.take(FIRST_MS + 15_000);
  const rows = slices.map(({ group, values }) => [
    placeOf(group.topology, group.firstEntity)
      .map(([, id]) => id)
      .join('/'),
    values[0] === ENDED,
  ]);
  assert.deepEqual(rows, [
    ['s/h/r', true],
    ['s/h2/r', false],
  ]);
});

test('what finds no room is left out whole and counted, outermost kinds first', () => {
  const site = forwardSite();
  for (const id of ['k1-n1', 'k1-n2', 'k2-n1', 'k2-n2']) site.write('inletTempC', id, 20);
  site.live.twin.tick(site.clock.nowMs);
  const sampler = createSampler(
    site.live,
    choice(['host', 'rack', 'row'], ['inletTempC'], { maxSeries: 4 }),
  );
  const found = Object.keys(valuesIn(sampler.take(FIRST_MS).slices));
  assert.deepEqual(found.sort(), [
    'orrery_rack_inlet_temp_celsius k1',
    'orrery_rack_inlet_temp_celsius k2',
    'orrery_row_inlet_temp_celsius r',
  ]);
  assert.deepEqual([sampler.series, sampler.leftOut], [3, 4]);
});

test('a minute rolls up to min, max, mean, last and count, across a new generation', () => {
  const site = forwardSite();
  const sampler = createSampler(site.live, choice(['host'], ['bmcPowerW', 'cpuTempC']));
  const rollUps = createRollUps();
  const minuteMs = Math.floor(FIRST_MS / 60_000) * 60_000;
  const done: Slice[] = [];
  [10, 40, 20, 30].forEach((value, n) => {
    site.write('bmcPowerW', 'k1-n1', value);
    if (n < 2) site.write('bmcPowerW', 'k2-n1', value);
    if (n === 2) site.change(fewerRacks());
    if (n === 3) site.write('cpuTempC', 'k1-n1', 50);
    done.push(...rollUps.take(sampler.take(minuteMs + 15_000 * n)));
  });
  const gone = valuesIn(done);
  assert.equal(gone['orrery_host_1m_bmc_power_watts_count k2-n1'], 2);
  assert.equal(gone['orrery_host_1m_bmc_power_watts_mean k2-n1'], 25);
  assert.equal(gone['orrery_host_1m_bmc_power_watts_count k1-n1'], undefined, 'goes on');
  site.write('bmcPowerW', 'k1-n1', 99);
  const slices = rollUps.take(sampler.take(minuteMs + 60_000));
  assert.ok(slices.every(({ atMs }) => atMs === minuteMs));
  const name = 'orrery_host_1m_bmc_power_watts';
  const temp = 'orrery_host_1m_cpu_temp_celsius';
  assert.deepEqual(valuesIn(slices), {
    ...{ [`${name}_min k1-n1`]: 10, [`${name}_max k1-n1`]: 40, [`${name}_mean k1-n1`]: 25 },
    ...{ [`${name}_last k1-n1`]: 30, [`${name}_count k1-n1`]: 4 },
    ...{ [`${temp}_min k1-n1`]: 50, [`${temp}_max k1-n1`]: 50, [`${temp}_mean k1-n1`]: 50 },
    ...{ [`${temp}_last k1-n1`]: 50, [`${temp}_count k1-n1`]: 1 },
  });
  const rest = valuesIn(rollUps.rest());
  assert.equal(rest[`${name}_last k1-n1`], 99);
  assert.equal(rest[`${name}_count k1-n1`], 1);
  assert.deepEqual(rollUps.rest(), []);
});
