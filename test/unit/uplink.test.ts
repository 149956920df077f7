import assert from 'node:assert/strict';
import test from 'node:test';
import { MISSING, readSignal, signalIndex, Twin } from '../../twin/index.ts';
import { TWO_RACKS, topologyOf } from '../support/inventories.ts';
import { near } from '../support/near.ts';

const AT_MS = Date.UTC(2026, 0, 1);

type Traffic = Readonly<Record<string, readonly [rx: number, tx: number]>>;

const newTwin = () => new Twin(topologyOf(TWO_RACKS));

function tickWith(twin: Twin, traffic: Traffic, atMs: number) {
  const write = (entity: number, signal: string, value: number) =>
    twin.write(twin.state.ensureCell(signalIndex(signal), entity), entity, value, atMs);
  for (const [id, [rx, tx]] of Object.entries(traffic)) {
    write(twin.topology.indexOf(id), 'netRxBytesPerS', rx);
    write(twin.topology.indexOf(id), 'netTxBytesPerS', tx);
  }
  twin.tick(atMs);
}

const read = (twin: Twin, signal: string, of: string) =>
  readSignal(twin.state, signalIndex(signal), twin.topology.indexOf(of));

function twinWith(traffic: Traffic) {
  const twin = newTwin();
  tickWith(twin, traffic, AT_MS);
  return read(twin, 'uplinkUtilRatio', 'k1-tor');
}

/** What is said of the traffic that leaves racks once it has been so for five minutes. */
function crossRack(traffic: Traffic) {
  const twin = newTwin();
  for (let minute = 0; minute <= 5; minute++) tickWith(twin, traffic, AT_MS + 60_000 * minute);
  return (of: string) => read(twin, 'crossRackTrafficRatio', of);
}

test('uplinks carry what a TOR sends, less what its hosts receive', () => {
  const topology = topologyOf(TWO_RACKS);
  const tor = topology.classes[topology.classIndex[topology.indexOf('k1-tor')]];
  const util = twinWith({ 'k1-tor': [0, 50e9], 'k1-n1': [10e9, 0], 'k1-n2': [15e9, 0] });
  assert.ok(Math.abs(util.value - 25e9 / tor.figures.uplinkBytesPerS.value) < 1e-12);
});

test('traffic within the rack does not load the uplinks', () => {
  const util = twinWith({ 'k1-tor': [20e9, 20e9], 'k1-n1': [10e9, 10e9], 'k1-n2': [10e9, 10e9] });
  assert.equal(util.value, 0);
});

test('with one host silent nothing is said', () => {
  assert.equal(twinWith({ 'k1-tor': [0, 50e9], 'k1-n1': [10e9, 0] }).quality, MISSING);
});

const K1: Traffic = { 'k1-tor': [0, 30e9], 'k1-n1': [10e9, 20e9], 'k1-n2': [15e9, 20e9] };

test('what leaves racks is a share of what their hosts send, in each whole', () => {
  const of = crossRack({
    ...{ ...K1, 'k2-tor': [0, 35e9], 'k2-n1': [10e9, 5e9], 'k2-n2': [10e9, 15e9] },
  });
  near(of('k1').value, 5 / 40);
  near(of('k2').value, 15 / 20);
  near(of('h').value, 20 / 60);
});

test('a rack whose switch is silent adds nothing to the share', () => {
  const of = crossRack({ ...K1, 'k2-n1': [10e9, 5e9], 'k2-n2': [10e9, 15e9] });
  near(of('h').value, 5 / 40);
  assert.equal(of('k2').quality, MISSING);
});

test('while hosts send nothing there is no share', () => {
  const of = crossRack({ 'k1-tor': [0, 0], 'k1-n1': [0, 0], 'k1-n2': [0, 0] });
  assert.equal(of('h').quality, MISSING);
});

test('what a switch seems to send too little is made up by another, and no share is below 0', () => {
  const of = crossRack({
    ...{ 'k1-tor': [0, 20e9], 'k1-n1': [10e9, 20e9], 'k1-n2': [15e9, 20e9] },
    ...{ 'k2-tor': [0, 35e9], 'k2-n1': [10e9, 5e9], 'k2-n2': [10e9, 15e9] },
  });
  near(of('h').value, 10 / 60);
  assert.equal(of('k1').value, 0);
});

test('the share is a mean over minutes, and unknown before it is one', () => {
  const twin = newTwin();
  tickWith(twin, K1, AT_MS);
  assert.equal(read(twin, 'crossRackTrafficRatio', 'h').quality, MISSING);
  // One reading in which all that is sent seems to leave.
  tickWith(twin, { 'k1-tor': [0, 65e9] }, AT_MS + 5_000);
  for (let s = 10; s <= 300; s += 5) tickWith(twin, K1, AT_MS + 1000 * s);
  const share = read(twin, 'crossRackTrafficRatio', 'h').value;
  assert.ok(share > 5 / 40 && share < 0.15, `${share}`);
});
