import assert from 'node:assert/strict';
import test from 'node:test';
import { createAliasIndex } from '../../server/identity/alias-index.ts';
import { createJoin, type Join } from '../../server/identity/join.ts';
import type { Mapping, MappingRow } from '../../server/ingest/mapping.ts';
import { SIGNALS } from '../../twin/index.ts';
import { parts, type TinyEntity, tinyTopology } from '../support/tiny-topology.ts';

const rows: MappingRow[] = [
  { metrics: ['gpu_temp', 'gpu_temp_old'], signal: 'gpuTempC', entity: 'gpu' },
  { metrics: ['gpu_temp'], signal: 'gpuPresentFlag', entity: 'gpu', values: { else: 1 } },
  { metrics: ['gpu_temp'], signal: 'driverText', entity: 'gpu', textLabel: 'driver' },
  { metrics: ['load'], signal: 'load1Count', entity: 'host' },
  { metrics: ['ready'], signal: 'nodeReadyFlag', entity: 'podHost' },
  { metrics: ['bmc_power'], signal: 'bmcPowerW', entity: 'bmcHost' },
  { metrics: ['psu_in'], signal: 'psuInputPowerW', entity: 'psu' },
  { metrics: ['package_temp'], signal: 'cpuTempC', entity: 'socket' },
  { metrics: ['switch_errors'], signal: 'nvlinkErrorPerS', entity: 'nvswitch' },
  { metrics: ['fan_rpm'], signal: 'fanSpeedRpm', entity: 'fan', combine: 'min' },
  { metrics: ['rx'], signal: 'netRxBytesPerS', entity: 'nic', mode: 'rate', combine: 'sum' },
  { metrics: ['up_port'], signal: 'linkUpFlag', entity: 'nic' },
  { metrics: ['outlet_power'], signal: 'outletPowerW', entity: 'pduOutlet' },
  {
    ...{ metrics: ['stray_power'], signal: 'unwiredOutletPowerW', entity: 'unwiredOutlet' },
    ...{ combine: 'sum', optional: true },
  },
  { metrics: ['up'], signal: 'upFlag', entity: 'scrapedHost', combine: 'max', optional: true },
  { metrics: ['up'], signal: 'upFlag', entity: 'scrapedUnit', combine: 'max', optional: true },
  { metrics: ['pdu_power'], signal: 'pduPowerW', entity: 'pdu' },
  { metrics: ['pending'], signal: 'podsPendingCount', entity: 'site', where: { phase: 'Pending' } },
  {
    ...{ metrics: ['avail'], signal: 'diskUsedRatio', entity: 'host', combine: 'min' },
    over: { metrics: ['size'], by: ['device', 'mountpoint'] },
  },
  {
    ...{ metrics: ['asked'], signal: 'gpusAllocatedCount', entity: 'podHost', combine: 'sum' },
    zeroFrom: { metrics: ['listed'] },
  },
];
const mappings: Mapping[] = [
  { id: 'm', title: 'm', checkedAgainst: 'x', rows, ignore: ['dull', /^internal_/, 'hist'] },
];

function joinOf(hosts: readonly TinyEntity[], more: readonly TinyEntity[] = []): Join {
  const topology = tinyTopology([
    { id: 's1', kind: 'site' },
    { id: 'r1', kind: 'rack', parent: 's1' },
    { id: 'p1', kind: 'pdu', parent: 'r1', aliases: { address: '10.8.0.1' } },
    ...hosts.map(host => ({ ...host, parent: 'r1' })),
    ...more,
  ]);
  return createJoin({ topology, aliases: createAliasIndex(topology), mappings });
}

const source = (labels = {}) => ({ id: 'src', labels });

/** Ids of the entities that a series was bound to, or why it was not. */
function bound(join: Join, name: string, labels = {}, scrape = {}): string {
  const result = join.bind(name, labels, source(scrape));
  if (result.kind === 'bound') {
    return result.rows.map(row => join.topology.ids[row.entity]).join(' ');
  }
  if (result.kind === 'unmatched') return result.missed[0].why;
  return result.kind === 'ignored' ? result.why : result.kind;
}

const a = { id: 'a', kind: 'host', aliases: { ip: '10.0.0.1', bmcAddress: '10.9.0.1' } } as const;
const b = { id: 'b', kind: 'host', aliases: { ip: '10.0.0.2', serial: 'SN-B' } } as const;

test('host labels in order of preference; a pod name in Hostname falls through', () => {
  const join = joinOf([a, b]);
  assert.equal(bound(join, 'load', {}, { instance: '10.0.0.1:9100' }), 'a');
  assert.equal(bound(join, 'load', { node: 'b' }, { instance: '10.0.0.1:9100' }), 'b');
  assert.equal(bound(join, 'load', { Hostname: 'dcgm-x7k2p', node: 'b' }), 'b');
  assert.equal(bound(join, 'load', { exported_hostname: 'a', hostname: 'b' }), 'a');
  assert.equal(bound(join, 'load', { Hostname: 'dcgm-x7k2p' }), 'unknown');
  assert.equal(bound(join, 'load'), 'noLabel');
});

test('a page about other machines never binds to the machine that serves it', () => {
  const join = joinOf([a, b]);
  assert.equal(bound(join, 'ready', { node: 'b' }, { instance: '10.0.0.1:8080' }), 'b');
  assert.equal(bound(join, 'ready', { node: 'zz' }, { instance: '10.0.0.1:8080' }), 'unknown');
  // honor_labels off: the page's own label was renamed.
  assert.equal(bound(join, 'ready', { node: 'a', exported_node: 'b' }), 'b');
});

test('one metric gives several signals; text rows need their text', () => {
  const join = joinOf([a], parts('a', { gpu: 2 }));
  const result = join.bind('gpu_temp', { gpu: '1', hostname: 'a', driver: '580' }, source());
  assert.ok(result.kind === 'bound');
  const got = result.rows.map(row => [SIGNALS[row.signal].id, row.text]);
  assert.deepEqual(got, [
    ['gpuTempC', undefined],
    ['gpuPresentFlag', undefined],
    ['driverText', '580'],
  ]);
  assert.equal(bound(join, 'gpu_temp', { gpu: '1', hostname: 'a' }), 'a/gpu1 a/gpu1');
  assert.equal(bound(join, 'gpu_temp_old', { gpu: '0', hostname: 'a' }), 'a/gpu0');
});

test('a GPU found by its place teaches its UUID, with the evidence', () => {
  const join = joinOf([a], parts('a', { gpu: 2 }));
  assert.equal(bound(join, 'gpu_temp_old', { UUID: 'GPU-1' }), 'unknown');
  assert.equal(join.learnedCount, 0);
  assert.equal(bound(join, 'gpu_temp_old', { UUID: 'GPU-1', gpu: '1', Hostname: 'a' }), 'a/gpu1');
  assert.equal(join.learnedCount, 1);
  assert.equal(bound(join, 'gpu_temp_old', { gpu_uuid: 'gpu-1' }), 'a/gpu1');
  const [learned] = join.aliases.learned();
  assert.equal(learned.value, 'GPU-1');
  assert.match(learned.evidence, /'a' and gpu '1'/);
});

test('PCI address comes before the index', () => {
  const gpus = parts('a', { gpu: 2 }).map((gpu, i) => ({
    ...gpu,
    aliases: { pciBusId: `0000:${i === 0 ? 'ca' : '1b'}:00.0` },
  }));
  const join = joinOf([a], gpus);
  const labels = { pci_bus_id: '00000000:CA:00.0', gpu: '1', Hostname: 'a' };
  assert.equal(bound(join, 'gpu_temp_old', labels), 'a/gpu0');
});

test('a UUID and a place that disagree are refused, not guessed', () => {
  const gpus = parts('a', { gpu: 2 }).map((gpu, i) => ({
    ...gpu,
    aliases: { gpuUuid: `GPU-${i}1` },
  }));
  const join = joinOf([a, b], [...gpus, ...parts('b', { gpu: 2 })]);
  // A board of host a, seen on host b.
  assert.equal(
    bound(join, 'gpu_temp_old', { UUID: 'GPU-01', gpu: '0', Hostname: 'b' }),
    'conflict',
  );
  // An unknown board where another one is known.
  assert.equal(
    bound(join, 'gpu_temp_old', { UUID: 'GPU-99', gpu: '0', Hostname: 'a' }),
    'conflict',
  );
  assert.equal(join.aliases.learned().length, 0);
});

test('an index that shifted is noted, and the UUID decides', () => {
  const gpus = parts('a', { gpu: 3 }).map((gpu, i) => ({
    ...gpu,
    aliases: { gpuUuid: `GPU-${i}1` },
  }));
  const join = joinOf([a], gpus);
  const labels = { UUID: 'GPU-21', gpu: '1', Hostname: 'a' };
  assert.equal(bound(join, 'gpu_temp_old', labels), 'a/gpu2');
  assert.equal(bound(join, 'gpu_temp_old', labels), 'a/gpu2');
  const [noted] = join.contradictions();
  assert.equal(noted.count, 2);
  assert.match(noted.detail, /index 1 of 'a\/gpu1'/);
});

test('the only GPU of a host needs no number, but a wrong number is not it', () => {
  const join = joinOf([a], parts('a', { gpu: 1 }));
  assert.equal(bound(join, 'gpu_temp_old', { uuid: '0000-00' }, { instance: 'a:9835' }), 'a/gpu0');
  assert.equal(bound(join, 'gpu_temp_old', { gpu: '4' }, { instance: 'a:9400' }), 'noPart');
  assert.equal(join.aliases.learned().length, 0);
});

test('a BMC known by serial number is known by its address from then on', () => {
  const join = joinOf([a, b]);
  assert.equal(bound(join, 'bmc_power', {}, { instance: '10.9.0.1' }), 'a');
  assert.equal(bound(join, 'bmc_power', {}, { target: '10.9.0.2' }), 'unknown');
  assert.equal(bound(join, 'bmc_power', { serial: 'sn-b' }, { target: '10.9.0.2' }), 'b');
  assert.equal(bound(join, 'bmc_power', {}, { target: '10.9.0.2' }), 'b');
});

test('supplies count from 1 until the host shows a 0', () => {
  const join = joinOf([a], parts('a', { psu: 2 }));
  const at = { instance: '10.9.0.1' };
  assert.equal(bound(join, 'psu_in', { name: 'PSU1 Power In' }, at), 'a/psu0');
  assert.equal(bound(join, 'psu_in', { name: 'PSU2 Power In' }, at), 'a/psu1');
  assert.equal(bound(join, 'psu_in', { name: 'PSU3 Power In' }, at), 'noPart');
  assert.deepEqual(join.takeRenumbered(), []);
  assert.equal(bound(join, 'psu_in', { name: 'PSU0 Power In' }, at), 'a/psu0');
  assert.deepEqual(join.takeRenumbered(), [join.topology.indexOf('a')]);
  assert.deepEqual(join.takeRenumbered(), []);
  assert.equal(bound(join, 'psu_in', { name: 'PSU1 Power In' }, at), 'a/psu1');
});

test('processors and NVSwitches are told by the number at the end of a label, from 0', () => {
  const join = joinOf([a], parts('a', { socket: 2, nvswitch: 2 }));
  const at = { instance: '10.0.0.1:9100' };
  assert.equal(bound(join, 'package_temp', { package: '1' }, at), 'a/socket1');
  assert.equal(bound(join, 'package_temp', { chip: 'platform_coretemp_0' }, at), 'a/socket0');
  assert.equal(bound(join, 'package_temp', { package: '2' }, at), 'noPart');
  assert.equal(bound(join, 'switch_errors', { nvswitch: 'nvswitch1' }, at), 'a/nvswitch1');
  assert.equal(bound(join, 'switch_errors', { nvswitch: 'all' }, at), 'noPart');
});

test('the only site needs no name; of several a label must say which', () => {
  const waiting = (join: Join, labels = {}) =>
    bound(join, 'pending', { ...labels, phase: 'Pending' });
  assert.equal(waiting(joinOf([a]), { cluster: 'whatever' }), 's1');
  const two = joinOf([a], [{ id: 's2', kind: 'site' }]);
  assert.equal(waiting(two, { cluster: 's2' }), 's2');
  assert.equal(waiting(two, { datacenter: 's1' }), 's1');
  assert.equal(waiting(two), 'noLabel');
  assert.equal(waiting(two, { cluster: 's3' }), 'unknown');
  assert.equal(waiting(two, { cluster: 'p1' }), 'unknown', 'a PDU is no site');
});

test('a record id of IPMI beside a name is no number of a part', () => {
  const join = joinOf([a], parts('a', { fan: 2 }));
  const at = { instance: '10.9.0.1' };
  assert.equal(bound(join, 'fan_rpm', { id: '1', name: 'Cooling Zone' }, at), 'noPart');
  assert.equal(bound(join, 'fan_rpm', { id: '2' }, at), 'a/fan1');
});

test('parts that the inventory leaves out are columns of the host, or not modelled', () => {
  const named = { ...parts('b', { nic: 1 })[0], aliases: { netDevice: 'ens1' } };
  const join = joinOf([a, b], [named]);
  assert.equal(bound(join, 'rx', { device: 'ens1' }, { instance: 'a:9100' }), 'a');
  assert.equal(bound(join, 'up_port', { device: 'ens1' }, { instance: 'a:9100' }), 'notModelled');
  assert.equal(bound(join, 'fan_rpm', { name: 'FAN7' }, { instance: '10.9.0.1' }), 'a');
  assert.equal(bound(join, 'rx', { device: 'ens1' }, { instance: 'b:9100' }), 'b/nic0');
  assert.equal(bound(join, 'rx', { device: 'ens9' }, { instance: 'b:9100' }), 'noPart');
});

test('outlets: by PDU and number, by a text that is a host and a supply, never by a guess', () => {
  const psus = parts('a', { psu: 2 }).map((psu, i) => ({
    ...psu,
    ...(i === 0 && { aliases: { pduOutlet: '10.8.0.1/5' } }),
  }));
  const join = joinOf([a], psus);
  const at = { instance: '10.8.0.1' };
  assert.equal(bound(join, 'outlet_power', { outletIndex: '5' }, at), 'a/psu0');
  assert.equal(
    bound(join, 'outlet_power', { outletIndex: '5' }, { instance: '10.8.0.2' }),
    'unknown',
  );
  assert.equal(bound(join, 'outlet_power', { outletIndex: '6' }, at), 'noPart');
  assert.equal(
    bound(join, 'outlet_power', { outletLabel: 'a PSU2', outletIndex: '6' }, at),
    'a/psu1',
  );
  assert.equal(bound(join, 'outlet_power', { outletLabel: 'a-psu2' }, at), 'a/psu1');
  assert.equal(bound(join, 'outlet_power', { outletLabel: 'ab PSU2' }, at), 'noPart');
  assert.equal(bound(join, 'pdu_power', {}, at), 'p1');
});

test('outlets without a cord belong to their PDU, where its cords are known at all', () => {
  const psus = parts('a', { psu: 1 }).map(psu => ({ ...psu, aliases: { pduOutlet: 'p1/5' } }));
  const join = joinOf([a], [...psus, { id: 'p2', kind: 'pdu', parent: 'r1' }]);
  const stray = (outletIndex: string, instance: string) =>
    bound(join, 'stray_power', { outletIndex }, { instance });
  assert.equal(stray('6', '10.8.0.1'), 'p1');
  assert.equal(stray('5', '10.8.0.1'), 'notModelled');
  assert.equal(stray('6', 'p2'), 'notModelled', 'none of its cords is in the inventory');
  assert.equal(stray('6', 'p3'), 'notModelled');
});

test('`up` of a target: its host or unit; never the host of a BMC, and no news of others', () => {
  const join = joinOf([a]);
  const up = (instance: string) => bound(join, 'up', { instance, job: 'x' });
  assert.equal(up('10.0.0.1:9100'), 'a');
  assert.equal(up('10.8.0.1'), 'p1');
  assert.equal(up('10.9.0.1'), 'notModelled');
  assert.equal(up('alertmanager:9093'), 'notModelled');
});

test('earlier mappings outrank later ones, rows their stand-ins', () => {
  const row: MappingRow = { metrics: ['x'], signal: 'load1Count', entity: 'host' };
  const named = (id: string, standIn: boolean) => ({
    ...{ id, title: id, checkedAgainst: 'x', rows: [{ ...row, metrics: [id], standIn }] },
  });
  const { topology, aliases } = joinOf([a]);
  const order = [named('first', true), named('second', false), named('third', false)];
  const join = createJoin({ topology, aliases, mappings: order });
  const ranks = order.map(({ id }) => {
    const result = join.bind(id, { hostname: 'a' }, source());
    return result.kind === 'bound' ? result.rows[0].rank : -1;
  });
  assert.deepEqual(ranks, [3, 4, 6]);
});

test('what was learned of entities that stay is taken over by the next generation', () => {
  const last = joinOf([a, b], [...parts('a', { gpu: 2, psu: 2 }), ...parts('b', { gpu: 1 })]);
  const at = { instance: '10.9.0.1' };
  bound(last, 'gpu_temp_old', { UUID: 'GPU-1', gpu: '1', Hostname: 'a' });
  bound(last, 'gpu_temp_old', { UUID: 'GPU-2', gpu: '0', Hostname: 'b' });
  bound(last, 'psu_in', { name: 'PSU0' }, at);
  const next = joinOf([a], parts('a', { gpu: 2, psu: 2 }));
  next.adopt(last, entity => next.topology.indexOf(last.topology.ids[entity]));
  assert.equal(bound(next, 'gpu_temp_old', { UUID: 'GPU-1' }), 'a/gpu1');
  assert.equal(bound(next, 'gpu_temp_old', { UUID: 'GPU-2' }), 'unknown');
  assert.equal(bound(next, 'psu_in', { name: 'PSU1' }, at), 'a/psu1');
});

test('filters, ignored families, buckets and unknown names', () => {
  const join = joinOf([a]);
  assert.equal(bound(join, 'pending', { phase: 'Pending' }), 's1');
  assert.equal(bound(join, 'pending', { phase: 'Running' }), 'filtered');
  assert.equal(bound(join, 'dull'), 'listed');
  assert.equal(bound(join, 'internal_x'), 'listed');
  assert.equal(bound(join, 'hist_sum'), 'listed');
  assert.equal(bound(join, 'other_bucket', { le: '1' }), 'bucket');
  assert.equal(bound(join, 'news'), 'unmapped');
});

test('quotients have two sides and pairs; presence can say zero', () => {
  const join = joinOf([a]);
  const labels = { device: 'sda', mountpoint: '/' };
  const [value] = bindRows(join, 'avail', labels);
  const [over] = bindRows(join, 'size', labels);
  assert.deepEqual([value.side, over.side], ['value', 'over']);
  assert.equal(value.groupKey, over.groupKey);
  assert.equal(value.rowIndex, over.rowIndex);
  const [zero] = bindRows(join, 'listed', { node: 'a' });
  assert.deepEqual([zero.fixed, zero.side], [0, 'value']);
});

function bindRows(join: Join, name: string, labels: Record<string, string>) {
  const result = join.bind(name, labels, source({ instance: 'a:9100' }));
  assert.ok(result.kind === 'bound', result.kind);
  return result.rows;
}

test('an ambiguous name is not chosen', () => {
  const join = joinOf([
    { id: 'x', kind: 'host', aliases: { fqdn: 'n1.east' } },
    { id: 'y', kind: 'host', aliases: { fqdn: 'n1.west' } },
  ]);
  assert.equal(bound(join, 'load', { hostname: 'n1' }), 'ambiguous');
  assert.equal(bound(join, 'load', { hostname: 'n1.west' }), 'y');
});

test('a row with a signal that does not exist is an error at the start', () => {
  const topology = tinyTopology([{ id: 's1', kind: 'site' }]);
  const wrong = [{ ...mappings[0], rows: [{ ...rows[0], signal: 'gpuTempF' }] }];
  assert.throws(
    () => createJoin({ topology, aliases: createAliasIndex(topology), mappings: wrong }),
    /unknown signal 'gpuTempF'/,
  );
});
