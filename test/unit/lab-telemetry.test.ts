/** Telemetry of the laboratory: named as the engine names things, near the truth, in its units. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { createLab, recordsOf } from '../../scenarios/lab/lab.ts';
import { KINDS, SIGNALS } from '../../twin/index.ts';
import { topologyFrom } from '../support/inventories.ts';

const MINUTES = 40;
const lab = createLab({ seed: 4 });
const ticks = lab.step(lab.startMs + MINUTES * 60_000);

test('the engine takes the inventory, and finds every entity in it under its kind', () => {
  const topology = topologyFrom(lab.inventory);
  for (const { id, kind } of lab.entities) {
    const entity = topology.indexOf(id);
    assert.ok(entity >= 0, `no '${id}'`);
    assert.equal(KINDS[topology.kind[entity]].id, kind, id);
  }
  for (const racks of [1, 10]) topologyFrom(createLab({ seed: 1, racks }).inventory);
});

test('the engine wires supplies to the PDUs that carry them, and PDUs to busways and UPSes', () => {
  const topology = topologyFrom(lab.inventory);
  const { power } = topology.planes;
  const supplierOf = (id: string) => {
    const at = power.positionOf[topology.indexOf(id)];
    const from = power.parentStart[at];
    return topology.ids[power.entities[power.parents[from]]];
  };
  assert.equal(supplierOf('r1-k03-n2/psu0'), 'r1-k03-pdu-a');
  assert.equal(supplierOf('r1-k03-n2/psu5'), 'r1-k03-pdu-b');
  assert.equal(supplierOf('r1-k03-pdu-b'), 'r1-bus-b');
  assert.equal(supplierOf('r1-bus-b'), 'ups-b');
});

test('every signal is one of the engine at that kind, within what it takes', () => {
  const rows = new Map(SIGNALS.map(row => [row.id, row]));
  for (const tick of ticks.slice(0, 3)) {
    for (const { entity, signal, value } of recordsOf(lab, tick)) {
      const row = rows.get(signal);
      assert.ok(row, signal);
      const kind = lab.entities.find(({ id }) => id === entity)!.kind;
      assert.ok(row.kinds.includes(kind), `${signal} at a ${kind}`);
      assert.ok(value >= row.range[0] && value <= row.range[1], `${entity} ${signal} ${value}`);
    }
  }
});

/** Readings of one sensor by instant. */
function seriesOf(entity: string, signal: string): Map<number, number> {
  const at = lab.entities.findIndex(({ id }) => id === entity);
  const signalAt = lab.signals.indexOf(signal);
  const found = new Map<number, number>();
  for (const tick of ticks) {
    tick.value.forEach((value, i) => {
      if (tick.entity[i] === at && tick.signal[i] === signalAt) found.set(tick.atMs, value);
    });
  }
  return found;
}

const mean = (values: Iterable<number>) => {
  const all = [...values];
  return all.reduce((total, value) => total + value, 0) / all.length;
};

const hostPowerW = (host: number) => mean(lab.truth.minutes.map(minute => minute.hostPowerW[host]));

test('meters that mean over their window agree with the truth up to gain and noise', () => {
  // 80 readings of 2 % noise: 0.22 %, at three deviations 0.7 %, beside 1 % of gain
  const outlets = Array.from({ length: 6 }, (_, psu) =>
    mean(seriesOf(`r1-k01-n1/psu${psu}`, 'outletPowerW').values()),
  );
  const outletsW = outlets.reduce((total, watts) => total + watts, 0);
  assert.ok(Math.abs(outletsW / hostPowerW(0) - 1) < 0.012, `${outletsW} and ${hostPowerW(0)} W`);
  const pdusW = ['a', 'b'].map(feed => mean(seriesOf(`r1-k01-pdu-${feed}`, 'pduPowerW').values()));
  const rackW = mean(lab.truth.minutes.map(minute => minute.rackPowerW[0]));
  assert.ok(Math.abs((pdusW[0] + pdusW[1]) / rackW - 1) < 0.015, `${pdusW} and ${rackW} W`);
  const bmcW = mean(seriesOf('r1-k01-n1', 'bmcPowerW').values());
  assert.ok(Math.abs(bmcW / hostPowerW(0) - 1) < 0.05, `${bmcW} and ${hostPowerW(0)} W`);
});

test('noise is two percent of every power reading', () => {
  const shares: number[] = [];
  const outlet = seriesOf('r1-k02-n3/psu1', 'outletPowerW');
  const other = seriesOf('r1-k02-n3/psu3', 'outletPowerW');
  for (const [atMs, watts] of outlet) {
    const ofOther = other.get(atMs);
    if (ofOther !== undefined) shares.push(watts / ofOther);
  }
  const middle = mean(shares);
  const deviation = Math.sqrt(mean(shares.map(share => (share / middle - 1) ** 2)));
  // two meters, each with 2 %: 2.8 %
  assert.ok(deviation > 0.022 && deviation < 0.035, `${deviation}`);
});

test('the energy counter of a GPU gives means that its instantaneous power only samples', () => {
  for (let gpu = 0; gpu < 16; gpu++) {
    const counter = [...seriesOf(`r1-k01-n${1 + (gpu >> 3)}/gpu${gpu & 7}`, 'gpuEnergyJ')];
    const [firstMs, firstJ] = counter[0];
    const [lastMs, lastJ] = counter.at(-1)!;
    const meanW = (lastJ - firstJ) / ((lastMs - firstMs) / 1000);
    const spanned = lab.truth.minutes.filter(({ endMs }) => endMs > firstMs && endMs <= lastMs);
    const trueW = mean(spanned.map(minute => minute.gpuPowerW[gpu]));
    assert.ok(Math.abs(meanW / trueW - 1) < 0.03, `GPU ${gpu}: ${meanW} and ${trueW} W`);
  }
});

test('temperatures are whole kelvins near the truth', () => {
  const { minutes } = lab.truth;
  const signals = ['gpuTempC', 'inletTempC', 'exhaustTempC', 'supplyTempC', 'returnTempC'];
  const isTemp = lab.signals.map(signal => signals.includes(signal));
  for (const { signal, value } of ticks) {
    value.forEach((reading, at) => {
      if (isTemp[signal[at]]) assert.ok(Number.isInteger(reading), `${reading} C`);
    });
  }
  for (let host = 0; host < 32; host++) {
    const inlet = seriesOf(
      lab.entities.filter(({ kind }) => kind === 'host')[host].id,
      'inletTempC',
    );
    const off = mean(inlet.values()) - mean(minutes.map(minute => minute.hostInletTempC[host]));
    assert.ok(Math.abs(off) < 0.9, `host ${host}: ${off} K`);
  }
});
