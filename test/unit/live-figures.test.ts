/** What models say of a live GPU and host: from telemetry where there is some, and what is missing. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { gpuFigures, hostFigures } from '../../twin/index.ts';
import { nearRatio as near } from '../support/near.ts';
import { probe } from '../support/two-rack-twin.ts';

test('a GPU without profiling metrics has no figures; with them a place under the roof', () => {
  const site = probe();
  const gpu = site.twin.topology.indexOf('k1-n1/gpu0');
  const none = gpuFigures(site.twin.state, gpu);
  assert.deepEqual([none.die, none.hbm], [undefined, undefined]);
  site.write('smActiveRatio', 'k1-n1/gpu0', 0.9);
  site.write('tensorActiveRatio', 'k1-n1/gpu0', 0.1);
  site.write('dramActiveRatio', 'k1-n1/gpu0', 0.8);
  site.write('gpuTempC', 'k1-n1/gpu0', 60);
  site.write('smClockHz', 'k1-n1/gpu0', 0.99e9);
  site.tick();
  const found = gpuFigures(site.twin.state, gpu);
  near(found.die?.activeSms ?? 0, 0.9 * 132);
  assert.equal(found.die?.limitedBy, 'memory');
  assert.equal(found.die?.place?.bound, 'memory');
  near(found.clockRatio ?? 0, 0.5);
  near(found.die?.tensorFlops ?? 0, 0.1 * 0.5 * 989.4e12);
  // 2 K at rest and 10 K with the interface always busy.
  assert.deepEqual(found.hbm, { tempC: 60 + 2 + 8, isMeasured: false });
  site.write('gpuMemTempC', 'k1-n1/gpu0', 71, 1);
  site.tick(1);
  assert.deepEqual(gpuFigures(site.twin.state, gpu).hbm, { tempC: 71, isMeasured: true });
});

test('a host: stolen CPU time, memory of the other socket, PCIe when all GPUs send', () => {
  const site = probe();
  const host = site.twin.topology.indexOf('k1-n1');
  const before = hostFigures(site.twin.state, host);
  assert.equal(before.stealRatio, undefined);
  assert.deepEqual(
    before.numa.map(({ from, to, distance }) => [from, to, distance]),
    [
      [0, 1, 21],
      [1, 0, 21],
    ],
  );
  near(before.numa[0].speedRatio, 10 / 21);
  assert.equal(before.transfers.length, 8);
  // Each on its switch with its own NIC: the link of a GPU is the limit.
  assert.ok(before.transfers.every(({ path }) => path === 'switch'));
  near(before.transfers[0].bytesPerS, 0.85 * 63e9);
  site.write('cpuStealRatio', 'k1-n1', 0.2);
  site.write('pcieLinkWidthRatio', 'k1-n1/gpu0', 0.5);
  site.tick();
  const after = hostFigures(site.twin.state, host);
  near(after.wantedRatio ?? 0, 1.25);
  near(after.transfers[0].bytesPerS, 0.5 * 0.85 * 63e9);
  assert.ok(after.transfers[0].limitedBy?.includes('k1-n1/gpu0'));
});

test('requests: what waits over what arrives is the queue, the rest is service', () => {
  const site = probe();
  const host = site.twin.topology.indexOf('k1-n1');
  assert.equal(hostFigures(site.twin.state, host).service, undefined);
  site.write('requestsPerS', 'k1-n1', 20);
  site.write('requestLatencyS', 'k1-n1', 2);
  site.write('requestsWaitingCount', 'k1-n1', 10);
  site.tick();
  assert.deepEqual(hostFigures(site.twin.state, host).service, {
    ...{ requestsPerS: 20, latencyS: 2, queueS: 0.5, serveS: 1.5 },
  });
});
