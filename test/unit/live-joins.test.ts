/** How series find their entities in the running service, and what happens when that changes. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { SourceEvent } from '../../server/ingest/contract.ts';
import { encodeSnappy } from '../../server/remote-write/snappy-encoder.ts';
import { encodeWriteV1, encodeWriteV2 } from '../../server/remote-write/write-encoder.ts';
import {
  type LiveSite,
  liveHost,
  liveInventory,
  liveSite,
  series,
  LIVE_START_MS as T0,
} from '../support/live-site.ts';

const gpu = (n: number, host = 'n1') => `gpu="${n}",UUID="GPU-${host}-${n}",Hostname="${host}"`;
const AT = { job: 'dcgm', instance: '10.0.0.1:9400' };

test('`up` of any exporter of a host: reachable while one answers; of units too', () => {
  const site = liveSite();
  const up = (instance: string, job: string, value: number) =>
    site.ingest.port.sample(
      { id: `${job}/${instance}`, labels: { job, instance } },
      { __name__: 'up', job, instance },
      value,
      site.clock.nowMs,
    );
  return Promise.resolve()
    .then(() => {
      up('10.0.0.1:9100', 'node', 0);
      up('10.0.0.1:9400', 'dcgm', 1);
      up('10.0.0.2:9100', 'node', 0);
      up('10.1.0.2', 'ipmi', 1);
      up('pdu-a', 'snmp', 0);
      up('tor-1', 'snmp', 1);
      up('alertmanager:9093', 'alertmanager', 1);
    })
    .then(() => {
      const flags = ['n1', 'n2', 'pdu-a', 'tor-1'].map(id => site.value(id, 'upFlag'));
      assert.deepEqual(flags, [1, 0, 0, 1], 'an answer of the BMC is none of the host');
      assert.equal(site.ingest.counts().unmatched, 0);
      up('10.0.0.1:9400', 'dcgm', 0);
    })
    .then(() => assert.equal(site.value('n1', 'upFlag'), 1, 'the same time again is no news'));
});

test('samples that no row has a use for are not unmatched', () => {
  const site = liveSite();
  const modes = ['idle', 'user', 'system'].map(
    mode => `node_cpu_seconds_total{cpu="0",mode="${mode}"} 1`,
  );
  assert.deepEqual(
    site.counts(() => site.page([...modes, 'go_goroutines 3'], { instance: 'n1:9100' })),
    { baseline: 1, ignored: 2, unmapped: 1 },
  );
  assert.deepEqual(site.ingest.unmatched(10).items, []);
  assert.deepEqual(site.ingest.unmatched(10).unmapped, []);
  const { unmatchedSeries, ignoredSeries, series: held } = site.ingest.quality();
  assert.deepEqual([unmatchedSeries, ignoredSeries, held], [0, 2, 3]);
});

test('what finds no entity is listed with the nearest, and leaves when its name is learned', () => {
  const site = liveSite();
  const link = 'DCGM_FI_DEV_NVLINK_COUNT_RX_ERRORS{gpu_uuid="GPU-n1-3",nvlink="0"} 5';
  const stray = `DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="GPU-x",Hostname="n3"} 5`;
  assert.deepEqual(
    site.counts(() => site.page([link, stray])),
    { unmatched: 2 },
  );
  const listed = () => site.ingest.unmatched(10).items.map(({ identity, why }) => [identity, why]);
  assert.deepEqual(listed(), [
    [{ gpu_uuid: 'GPU-n1-3' }, 'unknown'],
    [{ UUID: 'GPU-x', gpu: '0', Hostname: 'n3' }, 'unknown'],
  ]);
  // The page of the host teaches the UUID; the link's series follows, and only what is unmatched.
  site.page([`DCGM_FI_DEV_POWER_USAGE{${gpu(3)}} 300`], AT);
  site.pass(5);
  assert.deepEqual(listed(), [[{ UUID: 'GPU-x', gpu: '0', Hostname: 'n3' }, 'unknown']]);
  site.page([link]);
  site.pass(5);
  site.page([link.replace(' 5', ' 25')]);
  assert.equal(site.value('n1/gpu3', 'nvlinkErrorPerS'), 4);
  const [learned] = site.ingest.unmatched(10).learned;
  assert.deepEqual([learned.entity, learned.value], ['n1/gpu3', 'GPU-n1-3']);
});

test('supplies that turn out to count from 0 are bound anew, those of other hosts are not', () => {
  const site = liveSite();
  const psu = (name: string, value: number) => `ipmi_power_watts{name="${name} PIN"} ${value}`;
  const all = (names: readonly string[], instance: string, by = 0) =>
    site.page(
      names.map((name, i) => psu(name, 100 * (i + 1) + by)),
      { instance },
    );
  all(['PSU1', 'PSU2'], '10.1.0.1');
  all(['PSU1', 'PSU2'], '10.1.0.2');
  assert.equal(site.value('n1/psu0', 'psuInputPowerW'), 100);
  site.pass(10);
  all(['PSU0', 'PSU1', 'PSU2'], '10.1.0.1', 1);
  site.pass(10);
  all(['PSU0', 'PSU1', 'PSU2'], '10.1.0.1', 2);
  all(['PSU1', 'PSU2'], '10.1.0.2', 2);
  const powers = (host: string) =>
    [0, 1, 2].map(n => site.value(`${host}/psu${n}`, 'psuInputPowerW'));
  assert.deepEqual(powers('n1'), [102, 202, 302]);
  assert.deepEqual(powers('n2'), [102, 202, null]);
});

test('outlets: wired ones feed their supply, the others their PDU, and are news under load', () => {
  const site = liveSite();
  const page = (...watts: number[]) =>
    site.page(
      watts.map(
        (w, i) => `rPDU2OutletMeteredStatusPower{rPDU2OutletMeteredStatusIndex="${i + 1}"} ${w}`,
      ),
      { instance: 'pdu-a' },
    );
  // Two hosts of six supplies, every other one on this PDU: six outlets are wired.
  assert.deepEqual(
    site.counts(() => page(500, 500, 500, 400, 400, 400, 0, 2)),
    { accepted: 8 },
  );
  assert.equal(site.value('n1/psu0', 'outletPowerW'), 500);
  assert.equal(site.value('pdu-a', 'unwiredOutletPowerW'), 2);
  assert.deepEqual(site.ingest.unmatched(10).unwiredOutlets, []);
  assert.deepEqual(site.ingest.unmatched(10).items, []);
  site.pass(15);
  page(0, 500, 500, 400, 400, 400, 0, 480);
  assert.equal(site.value('pdu-a', 'unwiredOutletPowerW'), 480);
  const [found, ...others] = site.ingest.unmatched(10).unwiredOutlets;
  assert.deepEqual([found.pdu, found.powerW, others.length], ['pdu-a', 480, 0]);
  assert.match(found.series, /rPDU2OutletMeteredStatusIndex="8"/);
});

test('an XID is an event when it changes or is counted again, not when it merely stands there', () => {
  const site = liveSite();
  const events = (): SourceEvent[] => [...site.live.events.recent(100)];
  const page = (xid: number, recent: readonly number[] = []) => {
    site.page(
      [
        `DCGM_FI_DEV_XID_ERRORS{${gpu(0)}} ${xid}`,
        ...recent.map(
          (count, i) => `DCGM_EXP_XID_ERRORS_COUNT{${gpu(0)},xid="${i + 60}"} ${count}`,
        ),
      ],
      AT,
    );
    site.pass(10);
  };
  page(31);
  page(31);
  assert.deepEqual(events(), [], 'of last week, for all we know');
  page(79);
  const [fallen] = events();
  assert.deepEqual([fallen.entity, fallen.severity], ['n1/gpu0', 'critical']);
  assert.match(fallen.text, /XID 79: GPU has fallen off the bus/);
  assert.deepEqual([fallen.atMs, fallen.uncertaintyMs], [T0 + 15_000, 5000]);
  page(79, [1]);
  page(79, [1]);
  page(79, [1, 1]);
  page(0);
  assert.equal(events().length, 3, 'the same XID again is seen by its count');
  const other = liveSite();
  other.page(
    [`DCGM_FI_DEV_XID_ERRORS{${gpu(1)}} 94`, `DCGM_EXP_XID_ERRORS_COUNT{${gpu(1)},xid="94"} 1`],
    AT,
  );
  other.pass(1);
  assert.equal(other.live.events.recent(10)[0].uncertaintyMs, 150_000, 'within the window');
});

/** Everything that a generation has to carry over: plain cells, stages, groups, quotients. */
function fill(site: LiveSite, by: number) {
  site.page(
    [
      `DCGM_FI_DEV_GPU_TEMP{${gpu(2)},modelName="H100"} ${50 + by}`,
      `DCGM_FI_DEV_POWER_USAGE{${gpu(2)}} ${300 + by}`,
      `DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{${gpu(2)}} ${1000 * by}`,
    ],
    AT,
  );
  site.page(
    [
      'node_memory_MemTotal_bytes 1000',
      `node_memory_MemAvailable_bytes ${500 - by}`,
      `node_cpu_seconds_total{cpu="0",mode="idle"} ${by / 2}`,
      `node_cpu_seconds_total{cpu="1",mode="idle"} ${by / 2}`,
    ],
    { instance: 'n1:9100' },
  );
  site.page([`node_load1 ${by}`], { instance: 'n2:9100' });
}

test('a new generation: series of hosts that stay follow them, without a new look at labels', () => {
  const site = liveSite();
  fill(site, 0);
  site.pass(10);
  fill(site, 10);
  const before = site.live.twin.topology.indexOf('n1/gpu2');
  // A host is put before the others, so that every index moves; n2 goes.
  const result = site.live.reload(liveInventory([liveHost(0), liveHost(1)]));
  assert.ok(result.ok);
  assert.notEqual(site.live.twin.topology.indexOf('n1/gpu2'), before);
  assert.equal(site.value('n1/gpu2', 'gpuTempC'), 60, 'values of what stays are kept');
  assert.deepEqual(
    site.counts(() => {
      site.pass(10);
      fill(site, 20);
    }),
    { accepted: 7, unmatched: 1 },
    'counters go on as well: none begins anew',
  );
  assert.equal(site.value('n1/gpu2', 'gpuTempC'), 70);
  assert.equal(site.value('n1/gpu2', 'modelText'), 'H100');
  assert.equal(site.value('n1/gpu2', 'gpuPowerW'), 320);
  assert.equal(site.value('n1', 'memUsedRatio'), 0.52);
  assert.equal(site.value('n1', 'cpuUtilRatio'), 0.5);
  // The UUID that was learned is known still.
  site.page(['DCGM_FI_DEV_NVLINK_COUNT_RX_ERRORS{gpu_uuid="GPU-n1-2",nvlink="0"} 5']);
  assert.equal(site.ingest.unmatched(10).items.filter(i => i.identity.gpu_uuid).length, 0);
});

test('a name that moves to another host takes its series along', () => {
  const site = liveSite();
  site.page(['node_load1 1'], { instance: '10.0.0.1:9100' });
  site.page(['node_load1 2'], { instance: '10.0.0.2:9100' });
  const swapped = [liveHost(1, { ip: '10.0.0.2' }), liveHost(2, { ip: '10.0.0.1' })];
  assert.ok(site.live.reload(liveInventory(swapped)).ok);
  site.pass(10);
  site.page(['node_load1 3'], { instance: '10.0.0.1:9100' });
  site.page(['node_load1 4'], { instance: '10.0.0.2:9100' });
  assert.deepEqual([site.value('n1', 'load1Count'), site.value('n2', 'load1Count')], [4, 3]);
});

test('a host that joins the inventory takes the series that waited for it', () => {
  const site = liveSite();
  const page = () => site.page(['node_load1 7'], { instance: 'n3:9100' });
  assert.deepEqual(site.counts(page), { unmatched: 1 });
  assert.ok(site.live.reload(liveInventory([1, 2, 3].map(n => liveHost(n)))).ok);
  site.pass(1);
  assert.deepEqual(site.counts(page), { accepted: 1 });
  assert.equal(site.value('n3', 'load1Count'), 7);
  assert.deepEqual(site.ingest.unmatched(10).items, []);
});

test('an explosion of series keeps others out only until it has been silent for a while', () => {
  const site = liveSite({ maxSeries: 100 });
  const load = (value: number) => site.page([`node_load1 ${value}`], { instance: 'n1:9100' });
  const flood = Array.from({ length: 200 }, (_, i) => `node_load1{id="${i}"} 1`);
  load(1);
  assert.equal(site.counts(() => site.page(flood, { instance: 'n3:9100' })).seriesLimit, 101);
  site.pass(300);
  load(2);
  const newcomer = () => site.page(['node_load1 5'], { instance: 'n2:9100' });
  assert.deepEqual(site.counts(newcomer), { seriesLimit: 1 }, 'it may be a pause');
  for (let minutes = 0; minutes < 15; minutes++) {
    site.pass(60);
    load(3);
  }
  assert.deepEqual(site.counts(newcomer), { accepted: 1 });
  assert.equal(site.value('n1', 'load1Count'), 3);
  assert.equal(site.ingest.quality().series, 2);
});

test('HA replicas: external labels are no hindrance, one replica is heard, the other takes over', () => {
  const site = liveSite();
  const send = (replica: string, value: number) => {
    const labels = { cluster: 'c', prometheus_replica: replica, instance: '10.0.0.1:9100' };
    return site.write([series('node_load1', labels, value, site.clock.nowMs)], replica);
  };
  send('a', 1);
  site.pass(1);
  assert.deepEqual(
    site.counts(() => send('b', 99)),
    { replica: 1 },
  );
  assert.equal(site.value('n1', 'load1Count'), 1);
  site.pass(31);
  assert.equal(send('b', 2).status, 204);
  assert.equal(site.value('n1', 'load1Count'), 2);
  assert.equal(site.ingest.outcomes().replicaFailover, 1);
});

test('remote-write: metadata, exemplars and native histograms beside samples', () => {
  const site = liveSite();
  const labels = [
    ['__name__', 'node_load1'],
    ['instance', 'n1:9100'],
  ] as const;
  const samples = [{ value: 1, atMs: T0 }];
  const body = encodeWriteV1([{ labels, samples, histograms: 2, exemplars: 1 }]);
  const headers = { 'content-encoding': 'snappy', 'content-type': 'application/x-protobuf' };
  const first = site.ingest.writeRequest(encodeSnappy(body), headers, 'a');
  assert.equal(first.status, 400, 'what was not taken is told');
  assert.match(first.message, /2 nativeHistogram.*taken: 1 samples/);
  assert.equal(site.value('n1', 'load1Count'), 1);
  const v2 = {
    ...headers,
    'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
  };
  const later = [{ labels, samples: [{ value: 2, atMs: T0 + 1 }] }];
  const second = site.ingest.writeRequest(encodeSnappy(encodeWriteV2(later)), v2, 'a');
  assert.equal(second.status, 204);
  assert.equal(second.headers['X-Prometheus-Remote-Write-Samples-Written'], '1');
  site.ingest.answered('a', second);
  const [sender] = site.ingest.sources();
  assert.deepEqual([sender.id, sender.state, sender.samples], ['a', 'up', 2]);
  assert.equal(sender.dropped.nativeHistogram, 2);
});

test('a sender that has been silent for a day is no source any more', () => {
  const site = liveSite();
  const taken = { status: 204, headers: {}, message: '' };
  const states = () => site.ingest.sources().map(({ id, state }) => `${id} ${state}`);
  site.ingest.answered('moved', taken);
  site.clock.nowMs += 3_600_000;
  site.ingest.answered('here', { ...taken, status: 503, message: 'the disk is full' });
  assert.deepEqual(states(), ['moved down', 'here degraded']);
  site.clock.nowMs += 83_000_000;
  site.ingest.answered('here', taken);
  assert.deepEqual(states(), ['here up']);
});
