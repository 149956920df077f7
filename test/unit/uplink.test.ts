import assert from 'node:assert/strict';
import test from 'node:test';
import { MISSING, readSignal, signalIndex, Twin } from '../../twin/index.ts';
import { TWO_RACKS, topologyOf } from '../support/inventories.ts';

const AT_MS = Date.UTC(2026, 0, 1);

type Traffic = Readonly<Record<string, readonly [rx: number, tx: number]>>;

function twinWith(traffic: Traffic, signal = 'uplinkUtilRatio', of = 'k1-tor') {
  const twin = new Twin(topologyOf(TWO_RACKS));
  const write = (entity: number, signal: string, value: number) =>
    twin.write(twin.state.ensureCell(signalIndex(signal), entity), entity, value, AT_MS);
  for (const [id, [rx, tx]] of Object.entries(traffic)) {
    write(twin.topology.indexOf(id), 'netRxBytesPerS', rx);
    write(twin.topology.indexOf(id), 'netTxBytesPerS', tx);
  }
  twin.tick(AT_MS);
  return readSignal(twin.state, signalIndex(signal), twin.topology.indexOf(of));
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

test('what leaves racks is a share of what their hosts send, in each whole', () => {
  const traffic = {
    ...{ 'k1-tor': [0, 30e9], 'k1-n1': [10e9, 20e9], 'k1-n2': [15e9, 20e9] },
    ...{ 'k2-tor': [0, 35e9], 'k2-n1': [10e9, 5e9], 'k2-n2': [10e9, 15e9] },
  } satisfies Traffic;
  const ratioOf = (of: string) => twinWith(traffic, 'crossRackTrafficRatio', of).value;
  assert.equal(ratioOf('k1'), 5 / 40);
  assert.equal(ratioOf('k2'), 15 / 20);
  assert.equal(ratioOf('h'), 20 / 60);
});

test('a rack whose switch is silent adds nothing to the share', () => {
  const traffic = {
    ...{ 'k1-tor': [0, 30e9], 'k1-n1': [10e9, 20e9], 'k1-n2': [15e9, 20e9] },
    ...{ 'k2-n1': [10e9, 5e9], 'k2-n2': [10e9, 15e9] },
  } satisfies Traffic;
  assert.equal(twinWith(traffic, 'crossRackTrafficRatio', 'h').value, 5 / 40);
  assert.equal(twinWith(traffic, 'crossRackTrafficRatio', 'k2').quality, MISSING);
});

test('while hosts send nothing there is no share', () => {
  const traffic = { 'k1-tor': [0, 0], 'k1-n1': [0, 0], 'k1-n2': [0, 0] } satisfies Traffic;
  assert.equal(twinWith(traffic, 'crossRackTrafficRatio', 'h').quality, MISSING);
});

test('what a switch seems to send too little is made up by another, and no share is below 0', () => {
  const traffic = {
    ...{ 'k1-tor': [0, 20e9], 'k1-n1': [10e9, 20e9], 'k1-n2': [15e9, 20e9] },
    ...{ 'k2-tor': [0, 35e9], 'k2-n1': [10e9, 5e9], 'k2-n2': [10e9, 15e9] },
  } satisfies Traffic;
  assert.equal(twinWith(traffic, 'crossRackTrafficRatio', 'h').value, 10 / 60);
  assert.equal(twinWith(traffic, 'crossRackTrafficRatio', 'k1').value, 0);
});
