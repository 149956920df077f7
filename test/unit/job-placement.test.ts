import assert from 'node:assert/strict';
import test from 'node:test';
import { KIND_INDEX } from '../../twin/index.ts';
import { asIslands } from '../../twin/physics/network/group.ts';
import { placedGroup, placedStep } from '../../twin/physics/network/placement.ts';
import { allreducePaper } from '../../twin/published/allreduce.ts';
import { CLASSES } from '../../twin/tables/classes.ts';
import { COLLECTIVE_ROWS, collectiveRowOf } from '../../twin/tables/physics/network.ts';
import { childrenOfKind } from '../../twin/topology/walk.ts';
import { TWO_RACKS, topologyOf } from '../support/inventories.ts';

const topology = topologyOf();
const gpusOf = (hostId: string, of = topology) =>
  childrenOfKind(of, of.indexOf(hostId), KIND_INDEX.gpu);

function placed(gpus: readonly number[], of = topology) {
  const found = placedGroup(of, gpus);
  assert.ok('placed' in found, JSON.stringify(found));
  return found.placed;
}

test('GPUs of an inventory form a group with the NICs and the way between their hosts', () => {
  const one = placed(gpusOf('k1-n1'));
  assert.deepEqual([one.group.gpusPerHost, one.group.hosts, one.tier.meetsAt], [8, 1, 'host']);
  const rack = placed([...gpusOf('k1-n1'), ...gpusOf('k1-n2')]);
  assert.deepEqual([rack.group.hosts, rack.tier.meetsAt], [2, 'tor']);
  const apart = placed([...gpusOf('k1-n1'), ...gpusOf('k2-n1').slice(0, 4)]);
  // The fuller of the two hosts counts.
  assert.deepEqual([apart.group.gpusPerHost, apart.tier.meetsAt], [8, 'spine']);
  assert.equal(apart.group.network?.oversubscription, apart.tier.oversubscription);
});

test('a job spread over two hosts waits for the network, on one host it computes', () => {
  const job = {
    computeS: 0.02,
    overlapRatio: 0.2,
    collectives: [{ operation: 'allReduce', bytes: 2e9, algorithm: 'ring', times: 2 }],
  } as const;
  const near = placedStep(job, placed(gpusOf('k1-n1').slice(0, 4)).group);
  const halves = [...gpusOf('k1-n1').slice(0, 2), ...gpusOf('k2-n1').slice(0, 2)];
  const { group } = placed(halves);
  const thin = { ...group, network: { nics: 1, nicBytesPerS: 12.5e9 } };
  const far = placedStep(job, thin);
  assert.equal(far.waitsFor, 'network');
  assert.ok(far.iterationS > near.iterationS);
  assert.equal(placedStep({ ...job, computeS: 1 }, group).waitsFor, 'compute');
  assert.equal(placedStep({ ...job, storageS: 9 }, thin).waitsFor, 'storage');
});

test('hosts without a way, mixed classes and things that are no GPU', () => {
  const { network: _, ...unwired } = TWO_RACKS;
  const cut = topologyOf(unwired);
  const found = placedGroup(cut, [...gpusOf('k1-n1', cut), ...gpusOf('k2-n1', cut)]);
  assert.ok('reason' in found && /no way to each other/.test(found.reason));
  assert.throws(
    () => placedGroup(topology, [topology.indexOf('k1'), gpusOf('k1-n1')[0]]),
    /is no GPU in a host/,
  );
  assert.throws(() => placedGroup(topology, gpusOf('k1-n1').slice(0, 1)), /two GPUs or more/);
});

test('where NVLink reaches over a rack its hosts are one island', () => {
  const row = collectiveRowOf('gb200');
  const host = collectiveRowOf('h100-sxm5-80gb');
  assert.ok(row && host);
  const shape = (hosts: number) => Object.values(asIslands(row, 4, hosts));
  assert.deepEqual(shape(18), [1, 72, 18]);
  assert.deepEqual(shape(36), [2, 72, 18]);
  assert.deepEqual(shape(20), [2, 40, 10]);
  // 19 hosts make no two equal islands.
  assert.deepEqual(shape(19), [19, 4, 1]);
  assert.deepEqual(Object.values(asIslands(host, 8, 2)), [2, 8, 1]);
  const asked = { gpu: 'GB200', algo: 'auto', payloadMiB: 8192 };
  const whole = allreducePaper.answer({ ...asked, gpusPerNode: 72, nodes: 1 });
  const trays = allreducePaper.answer({ ...asked, gpusPerNode: 4, nodes: 18 });
  assert.deepEqual(trays, whole);
  // nccl-tests of a whole rack: 835 GB/s.
  assert.ok(Math.abs(Number(whole.busbwGBps) / 835 - 1) < 0.03);
});

test('every GPU of the catalogue has figures for collectives, and every row a class', () => {
  const gpus = CLASSES.filter(row => row.kind === 'gpu').map(row => row.id);
  assert.deepEqual(COLLECTIVE_ROWS.map(row => row.gpuClass).sort(), gpus.sort());
});
