import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { AMBIGUOUS, createAliasIndex, MISSING } from '../../server/identity/alias-index.ts';
import { AliasTable, DERIVED, LEARNED, STATED } from '../../server/identity/alias-table.ts';
import { address, normalise } from '../../server/identity/normalise.ts';
import { fanNumber, psuNumber } from '../../server/identity/slot-names.ts';
import { KIND_COUNT, KIND_INDEX, type Topology } from '../../twin/index.ts';
import { parts, tinyTopology } from '../support/tiny-topology.ts';

const site = [
  { id: 's1', kind: 'site' },
  { id: 'r1', kind: 'rack', parent: 's1' },
] as const;

test('a host is found by every name that it has, in any case, with port or scheme', () => {
  const topology = tinyTopology([
    ...site,
    {
      ...{ id: 'n1', kind: 'host', parent: 'r1' },
      aliases: { fqdn: 'GPU-7.example.org', ip: ['10.0.0.7', 'fd00::7'], serial: 'AbC1' },
    },
  ]);
  const index = createAliasIndex(topology);
  const host = topology.indexOf('n1');
  for (const name of [
    ...['n1', 'N1', 'gpu-7.example.org', 'gpu-7.EXAMPLE.org.', 'gpu-7', 'gpu-7:9100'],
    ...['http://gpu-7.example.org:9100/metrics', '10.0.0.7', '10.0.0.7:9400', '[fd00::7]:9100'],
    ...['fd00:0:0::7', '[fd00::7%eth0]:9100', '::ffff:10.0.0.7'],
  ]) {
    assert.equal(index.find('host', name), host, name);
  }
  assert.equal(index.find('serial', 'ABC1'), host);
  assert.equal(index.find('host', 'gpu-8'), MISSING);
  assert.equal(index.find('host', ''), MISSING);
  assert.equal(index.find('infra', 'n1'), MISSING);
});

test('a part of a name is no name: only a domain, and no number of an address, is left out', () => {
  const topology = tinyTopology([
    ...site,
    {
      ...{ id: 'gpu-12', kind: 'host', parent: 'r1' },
      aliases: { nodeName: 'node-12', ip: '10.0.0.7', fqdn: '.example.org' },
    },
  ]);
  const index = createAliasIndex(topology);
  for (const name of ['gpu-1', 'node-1', 'node', '10', '10.0', '10.0.0', 'example']) {
    assert.equal(index.find('host', name), MISSING, name);
  }
});

test('a BMC leads to its host, under a name of its own or one shared with the host', () => {
  const topology = tinyTopology([
    ...site,
    { id: 'n1', kind: 'host', parent: 'r1', aliases: { bmcAddress: '10.9.0.1' } },
    { id: 'n1-bmc', kind: 'bmc', parent: 'n1', aliases: { ip: '10.9.0.2', fqdn: 'n1.oob.org' } },
  ]);
  const index = createAliasIndex(topology);
  const host = topology.indexOf('n1');
  for (const name of ['10.9.0.1', '10.9.0.2', 'n1-bmc', 'n1.oob.org', 'n1']) {
    assert.equal(index.find('bmc', name), host, name);
  }
  assert.equal(index.find('host', '10.9.0.1'), MISSING);
});

test('a name of several hosts is ambiguous; a stated name beats a derived one', () => {
  const topology = tinyTopology([
    ...site,
    { id: 'a', kind: 'host', parent: 'r1', aliases: { fqdn: 'n1.east.org', ip: '10.0.0.1' } },
    { id: 'b', kind: 'host', parent: 'r1', aliases: { fqdn: 'n1.west.org', ip: '10.0.0.1' } },
    { id: 'c', kind: 'host', parent: 'r1', aliases: { fqdn: 'n2.east.org' } },
    { id: 'd', kind: 'host', parent: 'r1', aliases: { nodeName: 'n2' } },
  ]);
  const index = createAliasIndex(topology);
  assert.equal(index.find('host', 'n1'), AMBIGUOUS);
  assert.equal(index.find('host', '10.0.0.1'), AMBIGUOUS);
  assert.equal(index.find('host', 'n1.west.org'), topology.indexOf('b'));
  assert.equal(index.find('host', 'n2'), topology.indexOf('d'));
  assert.deepEqual(
    index.clashes().map(clash => clash.value),
    ['10.0.0.1'],
  );
});

test('scoped aliases belong to a host and a kind; positions need none', () => {
  const topology = tinyTopology([
    ...site,
    { id: 'a', kind: 'host', parent: 'r1' },
    { id: 'b', kind: 'host', parent: 'r1' },
    ...parts('a', { gpu: 2, psu: 2 }).map((part, i) => ({
      ...part,
      aliases: part.kind === 'gpu' ? { pciBusId: `0000:1${i}:00.0` } : { slot: String(i) },
    })),
    ...parts('b', { gpu: 2, fan: 1 }),
  ]);
  const index = createAliasIndex(topology);
  const [a, b] = [topology.indexOf('a'), topology.indexOf('b')];
  const gpu = topology.indexOf('a/gpu1');
  assert.equal(index.findWithin(a, 'gpu', 'pciBusId', '00000000:11:00.0'), gpu);
  assert.equal(index.findWithin(a, 'gpu', 'pciBusId', '0000:11:00.0'), gpu);
  assert.equal(index.findWithin(b, 'gpu', 'pciBusId', '0000:11:00.0'), MISSING);
  assert.equal(index.findWithin(a, 'fan', 'slot', '0'), MISSING);
  assert.equal(index.hasWithin(a, 'psu', 'slot'), true);
  assert.equal(index.hasWithin(b, 'psu', 'slot'), false);
  assert.equal(index.nth(b, 'gpu', 1), topology.indexOf('b/gpu1'));
  assert.equal(index.nth(b, 'gpu', 2), MISSING);
  assert.equal(index.nth(b, 'gpu', -1), MISSING);
  assert.equal(index.nth(b, 'psu', 0), MISSING);
  assert.equal(index.countOf(b, 'gpu'), 2);
  assert.equal(index.countOf(b, 'nic'), 0);
});

test('what is learned never replaces what is stated', () => {
  const topology = tinyTopology([
    ...site,
    { id: 'a', kind: 'host', parent: 'r1' },
    { id: 'a/gpu0', kind: 'gpu', parent: 'a', aliases: { gpuUuid: 'GPU-0000000a' } },
    { id: 'a/gpu1', kind: 'gpu', parent: 'a' },
  ]);
  const index = createAliasIndex(topology);
  const [first, second] = [topology.indexOf('a/gpu0'), topology.indexOf('a/gpu1')];
  assert.deepEqual([index.hasGpuUuid(first), index.hasGpuUuid(second)], [true, false]);
  index.learn({ entity: second, type: 'gpuUuid', value: 'GPU-0000000b', evidence: 'index 1' });
  index.learn({ entity: second, type: 'gpuUuid', value: 'gpu-0000000A', evidence: 'a mistake' });
  assert.equal(index.find('gpuUuid', '0000000B'), second);
  assert.equal(index.find('gpuUuid', 'GPU-0000000a'), first);
  assert.equal(index.learned().length, 2);
});

test('an outlet names its PDU by id or by alias', () => {
  const topology = tinyTopology([
    ...site,
    { id: 'p1', kind: 'pdu', parent: 'r1', aliases: { address: 'pdu-1.example.org' } },
    { id: 'a', kind: 'host', parent: 'r1' },
    { id: 'a/psu0', kind: 'psu', parent: 'a', aliases: { pduOutlet: 'p1/7' } },
    { id: 'a/psu1', kind: 'psu', parent: 'a', aliases: { pduOutlet: 'pdu-1.example.org/8' } },
  ]);
  const index = createAliasIndex(topology);
  const pdu = topology.indexOf('p1');
  assert.equal(index.find('pduOutlet', `${pdu}/7`), topology.indexOf('a/psu0'));
  assert.equal(index.find('pduOutlet', `${pdu}/8`), topology.indexOf('a/psu1'));
});

test('spellings of one identity are one', () => {
  const same: [Parameters<typeof normalise>[0], string[]][] = [
    ['gpuUuid', ['GPU-C4529C8D-69c4', 'c4529c8d69c4', 'gpu-c4529c8d-69c4']],
    ['uuid', ['E366BD4B-77B9', 'e366bd4b77b9']],
    ['mac', ['0C:42:A1:00:00:01', '0c42.a100.0001', '0c-42-a1-00-00-01']],
    ['portGuid', ['0x0002c90300f172a2', '2c90300f172a2', '0002:c903:00f1:72a2']],
    ['pciBusId', ['00000000:0A:00.0', '0000:0a:00.0', '0a:00.0', 'a:0']],
    ['gpuIndex', ['3', 'nvidia3', 'card3', 'GPU_3', 'GPU_SXM_4']],
    ['blockDevice', ['nvme0', '/dev/nvme0n1', 'nvme0n1p2']],
  ];
  for (const [type, spellings] of same) {
    assert.deepEqual(new Set(spellings.map(text => normalise(type, text))).size, 1, type);
  }
  assert.notEqual(normalise('pciBusId', '00010000:0a:00.0'), normalise('pciBusId', '0a:00.0'));
  for (const nothing of ['00000000-0000-0000-0000-000000000000', 'GPU-0000']) {
    assert.equal(normalise('gpuUuid', nothing), '');
  }
  for (const nothing of ['0x0', '0000:0000:0000:0000', '', 'none']) {
    assert.equal(normalise('portGuid', nothing), '');
  }
  assert.equal(normalise('gpuIndex', 'NVIDIA H100 80GB HBM3'), '');
});

test('addresses come back canonical, whatever they are wrapped in', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.nat(65_535), (ip, port) => {
      assert.equal(address(`${ip}:${port}`), ip);
      assert.equal(address(`https://user@${ip}:${port}/x?y#z`), ip);
    }),
  );
  fc.assert(
    fc.property(
      fc.ipV6().filter(ip => !ip.includes('.')),
      ip => {
        assert.equal(address(`[${ip}]:9100`), address(ip));
        assert.equal(address(address(ip)), address(ip));
      },
    ),
  );
});

test('numbers of supplies and fans are read from names of every vendor', () => {
  const supplies: [string, number | undefined][] = [
    ...([
      ['PSU1 Power In', 1],
      ['Power Supply 2', 2],
      ['PS1 Status', 1],
      ['PS 2 Input', 2],
    ] as const),
    ...([
      ['PSU.Slot.1', 1],
      ['Pwr Supply 4', 4],
      ['PSU0', 0],
      ['3', 3],
    ] as const),
    ...([
      ['Power Supply Bay 6', 6],
      ['Sys_PSU_5_PIN', 5],
      ['PSU12', 12],
    ] as const),
    ...([
      ['Pwr Consumption', undefined],
      ['GPS1', undefined],
      ['PSU', undefined],
    ] as const),
  ] as [string, number | undefined][];
  for (const [name, number] of supplies) assert.equal(psuNumber(name), number, name);
  const fans: [string, number | undefined][] = [
    ...([
      ['FAN1', 1],
      ['Fan1A', 1],
      ['Fan 3B Tach', 3],
      ['System Board Fan10', 10],
    ] as const),
    ...([
      ['SYSFAN_2', 2],
      ['Fan Module 4', 4],
      ['Fan.Embedded.1A', undefined],
    ] as const),
    ...([
      ['PS1 Fan 1', undefined],
      ['Power Supply 1 Fan', undefined],
      ['Fan', undefined],
    ] as const),
  ] as [string, number | undefined][];
  for (const [name, number] of fans) assert.equal(fanNumber(name), number, name);
});

test('the table answers like a map of maps', () => {
  const key = fc.tuple(fc.nat(3), fc.integer({ min: -1, max: 3 }), fc.string({ maxLength: 6 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.nat(9)), { maxLength: 3000 }), entries => {
      const table = new AliasTable();
      const model = new Map<string, number>();
      for (const [[space, scope, name], entity] of entries) {
        const text = JSON.stringify([space, scope, name]);
        table.set(space, scope, name, [entity, STATED]);
        const known = model.get(text);
        model.set(text, known === undefined || known === entity ? entity : AMBIGUOUS);
      }
      assert.equal(table.size, model.size);
      for (const [text, entity] of model) {
        const [space, scope, name] = JSON.parse(text) as [number, number, string];
        assert.equal(table.get(space, scope, name), entity);
      }
    }),
    { numRuns: 30 },
  );
});

test('provenance decides who keeps a name', () => {
  const table = new AliasTable();
  table.set(0, -1, 'n', [1, DERIVED]);
  assert.equal(table.set(0, -1, 'n', [2, STATED]), 1);
  assert.equal(table.set(0, -1, 'n', [3, LEARNED]), 2);
  assert.equal(table.get(0, -1, 'n'), 2);
});

/** Hosts with GPUs in arrays of the real layout, without objects for 10^6 entities. */
function largeTopology(hosts: number, gpusEach: number): Topology {
  const gpus = hosts * gpusEach;
  const count = 1 + hosts + gpus;
  const kindStart = new Int32Array(KIND_COUNT + 1).fill(count);
  kindStart.fill(0, 0, KIND_INDEX.site + 1);
  kindStart.fill(1, KIND_INDEX.site + 1, KIND_INDEX.host + 1);
  kindStart.fill(1 + hosts, KIND_INDEX.host + 1, KIND_INDEX.gpu + 1);
  const kind = new Uint8Array(count).fill(KIND_INDEX.gpu);
  kind.fill(KIND_INDEX.host, 1, 1 + hosts);
  kind[0] = KIND_INDEX.site;
  const parent = Int32Array.from({ length: count }, (_, e) =>
    e === 0 ? -1 : e <= hosts ? 0 : 1 + Math.floor((e - 1 - hosts) / gpusEach),
  );
  const childStart = new Int32Array(count + 1).fill(hosts + gpus);
  for (let host = 1; host <= hosts; host++) childStart[host] = hosts + (host - 1) * gpusEach;
  childStart[0] = 0;
  const childList = Int32Array.from({ length: hosts + gpus }, (_, i) => i + 1);
  const ids = Array.from({ length: count }, (_, e) => (e <= hosts ? `node${e}` : ''));
  const aliases = Array.from({ length: hosts }, (_, i) => i + 1).flatMap(entity => [
    { entity, type: 'fqdn' as const, value: `node${entity}.dc1.example.org` },
    {
      entity,
      type: 'ip' as const,
      value: `10.${entity >> 16}.${(entity >> 8) & 255}.${entity & 255}`,
    },
    { entity, type: 'bmcAddress' as const, value: `10.200.${entity >> 8}.${entity & 255}` },
    { entity, type: 'serial' as const, value: `SN${entity}X` },
    { entity, type: 'uuid' as const, value: `0000-${entity}` },
  ]);
  const shape = { generation: 1, name: 'large', count, ids, kind, parent, kindStart };
  const lookup = { indexOf: () => -1, aliases, childStart, childList };
  return { ...shape, ...lookup } as unknown as Topology;
}

test('10^5 hosts with five aliases and 8x10^5 learned UUIDs take under 48 MB, exactly', () => {
  const topology = largeTopology(100_000, 8);
  const index = createAliasIndex(topology);
  assert.equal(index.clashes().length, 0);
  assert.ok(index.bytes <= 24e6, `${index.bytes} B before learning`);
  for (let i = 0; i < 800_000; i += 80) {
    const entity = 100_001 + i;
    assert.equal(index.nth(topology.parent[entity], 'gpu', i % 8), entity);
    index.learn({ entity, type: 'gpuUuid', value: `GPU-${entity}f`, evidence: 'index' });
  }
  for (const host of [1, 777, 99_999, 100_000]) {
    assert.equal(index.find('host', `node${host}.dc1.example.org:9100`), host);
    assert.equal(index.find('serial', `sn${host}x`), host);
  }
  assert.equal(index.find('gpuUuid', `${100_001 + 80}F`), 100_081);
  assert.ok(index.bytes <= 48e6, `${index.bytes} B`);
});
