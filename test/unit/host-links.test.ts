import assert from 'node:assert/strict';
import test from 'node:test';
import { KIND_INDEX, type Kind } from '../../twin/index.ts';
import { edgeBytesPerS, transferRates } from '../../twin/physics/network/host-links.ts';
import { fabricOf } from '../../twin/tables/fabrics.ts';
import type { HostFabric } from '../../twin/topology/fabric.ts';
import { childrenOfKind } from '../../twin/topology/walk.ts';
import { topologyOf } from '../support/inventories.ts';

/** Two sockets, each with a PCIe switch, two GPUs and a NIC on it; two NVSwitches join all GPUs. */
const PCIE = 63e9;
const KINDS: readonly Kind[] = [
  ...(['numa', 'numa', 'pcieSwitch', 'pcieSwitch', 'nvswitch', 'nvswitch'] as const),
  ...(['gpu', 'gpu', 'gpu', 'gpu', 'nic', 'nic'] as const),
];
const [NUMA0, NUMA1, SWITCH0, SWITCH1, NV0, NV1, GPU0, GPU1, GPU2, GPU3, NIC0, NIC1] = KINDS.keys();

const pcie = (a: number, b: number) =>
  ({ a, b, type: 'pcie', bytesPerS: PCIE, measured: false }) as const;

const FABRIC: HostFabric = {
  vertices: KINDS.map((kind, entity) => ({ id: `${kind}-${entity}`, kind, entity })),
  edges: [
    ...[pcie(GPU0, SWITCH0), pcie(GPU1, SWITCH0), pcie(NIC0, SWITCH0), pcie(SWITCH0, NUMA0)],
    ...[pcie(GPU2, SWITCH1), pcie(GPU3, SWITCH1), pcie(NIC1, SWITCH1), pcie(SWITCH1, NUMA1)],
    { a: NUMA0, b: NUMA1, type: 'numa', bytesPerS: 0, measured: false },
    ...[GPU0, GPU1, GPU2, GPU3].flatMap(gpu =>
      [NV0, NV1].map(
        to => ({ a: gpu, b: to, type: 'nvswitch', bytesPerS: 225e9, measured: false }) as const,
      ),
    ),
  ],
  numaDistance: [
    [10, 21],
    [21, 10],
  ],
};
const REACH = 0.85 * PCIE;

test('GPUs and NICs on their own switches do not disturb each other', () => {
  const rates = transferRates(FABRIC, [
    { from: GPU0, to: NIC0 },
    { from: GPU2, to: NIC1 },
  ]);
  assert.deepEqual(
    rates.map(({ bytesPerS, path }) => [bytesPerS, path]),
    [
      [REACH, 'switch'],
      [REACH, 'switch'],
    ],
  );
});

test('two GPUs share the NIC they send through, and one that asks for little leaves the rest', () => {
  const both = transferRates(FABRIC, [
    { from: GPU0, to: NIC0 },
    { from: GPU1, to: NIC0 },
  ]);
  assert.deepEqual(
    both.map(rate => rate.bytesPerS),
    [REACH / 2, REACH / 2],
  );
  assert.deepEqual(
    both.map(rate => FABRIC.edges[rate.limitedByEdge]),
    [pcie(NIC0, SWITCH0), pcie(NIC0, SWITCH0)],
  );
  const [little, rest] = transferRates(FABRIC, [
    { from: GPU0, to: NIC0, demandBytesPerS: 1e9 },
    { from: GPU1, to: NIC0 },
  ]);
  assert.deepEqual(
    [little.bytesPerS, little.limitedByEdge, rest.bytesPerS],
    [1e9, -1, REACH - 1e9],
  );
  // The other direction of a link is another link.
  const opposite = transferRates(FABRIC, [
    { from: GPU0, to: NIC0 },
    { from: NIC0, to: GPU1 },
  ]);
  assert.equal(opposite[1].bytesPerS, REACH);
});

test('DMA to the other socket shares the link between sockets, and memory its root', () => {
  const remote = transferRates(FABRIC, [
    { from: GPU0, to: NIC1 },
    { from: GPU1, to: NIC1 },
  ]);
  assert.deepEqual(
    remote.map(({ bytesPerS, path }) => [bytesPerS, path]),
    [
      [25e9, 'socket'],
      [25e9, 'socket'],
    ],
  );
  const [load] = transferRates(FABRIC, [{ from: NUMA0, to: GPU0 }]);
  assert.deepEqual([load.path, load.bytesPerS], ['root', REACH]);
});

test('GPUs talk over all NVSwitches at once, and over PCIe when staged', () => {
  const [pair] = transferRates(FABRIC, [{ from: GPU0, to: GPU2 }]);
  assert.deepEqual([pair.path, pair.bytesPerS], ['nvlink', 450e9]);
  const fanIn = transferRates(FABRIC, [
    { from: GPU0, to: GPU3 },
    { from: GPU1, to: GPU3 },
    { from: GPU2, to: GPU3 },
  ]);
  for (const rate of fanIn) assert.ok(Math.abs(rate.bytesPerS - 150e9) < 1);
  // Measured on an H100 host without peer access: 37 GB/s.
  const [staged] = transferRates(FABRIC, [{ from: GPU0, to: GPU1, isStaged: true }]);
  assert.ok(Math.abs(staged.bytesPerS - 37e9) < 0.5e9 && staged.path === 'switch');
});

test('a measured edge counts as measured, and one measured at nothing is down', () => {
  const change = (bytesPerS: number): HostFabric => ({
    ...FABRIC,
    edges: FABRIC.edges.map((edge, e) => (e === 2 ? { ...edge, bytesPerS, measured: true } : edge)),
  });
  assert.equal(edgeBytesPerS(change(20e9).edges[2]), 20e9);
  assert.equal(transferRates(change(20e9), [{ from: GPU0, to: NIC0 }])[0].bytesPerS, 20e9);
  assert.throws(
    () => transferRates(change(0), [{ from: GPU0, to: NIC0 }]),
    /nothing joins gpu-6 and nic-10/,
  );
  assert.throws(() => transferRates(FABRIC, [{ from: 99, to: GPU0 }]), /entity 99/);
  assert.throws(() => transferRates(FABRIC, [{ from: GPU0, to: GPU0 }]), /both ends/);
});

test('the fabric of a host in an inventory is taken as it is drawn', () => {
  const topology = topologyOf();
  const host = topology.indexOf('k1-n1');
  const gpus = childrenOfKind(topology, host, KIND_INDEX.gpu);
  const fabric = topology.fabric.hostFabric(host);
  assert.ok(gpus.length >= 2 && fabric.edges.length > 0);
  const [rate] = transferRates(fabric, [{ from: gpus[0], to: gpus[1] }]);
  const row = fabricOf(topology.classes[topology.classIndex[host]].id);
  assert.ok(row && rate.path === 'nvlink');
  assert.ok(Math.abs(rate.bytesPerS - row.gpuLinkBytesPerS) < 1);
});
