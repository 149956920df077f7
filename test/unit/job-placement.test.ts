/** A job on a placement: groups, links as they are, its step, and the answer to a what-if. */
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  type HostPart,
  islandsOn,
  type JobHints,
  jobShape,
  Twin,
  uplinkShareBytesPerS,
} from '../../twin/index.ts';
import { asIslands } from '../../twin/physics/network/group.ts';
import { gradientGroup, tensorGroup } from '../../twin/physics/network/job-network.ts';
import { allreducePaper } from '../../twin/published/allreduce.ts';
import { CLASSES } from '../../twin/tables/classes.ts';
import { COLLECTIVE_ROWS, collectiveRowOf } from '../../twin/tables/physics/collective-rows.ts';
import { TWO_RACKS, topologyOf } from '../support/inventories.ts';
import { probe } from '../support/two-rack-twin.ts';

const row = (gpuClass: string) => {
  const found = collectiveRowOf(gpuClass);
  assert.ok(found);
  return found;
};
const H100 = row('h100-sxm5-80gb');

const partsOf = (twin: Twin, gpus: Readonly<Record<string, number>>): HostPart[] =>
  Object.entries(gpus).map(([id, count]) => ({ host: twin.topology.indexOf(id), gpus: count }));

function islands(twin: Twin, gpus: Readonly<Record<string, number>>) {
  const found = islandsOn(twin.state, H100, partsOf(twin, gpus));
  assert.ok('islands' in found, JSON.stringify(found));
  return found.islands;
}

test('GPUs of a placement form islands with the NICs and the way between their hosts', () => {
  const { twin } = probe();
  const one = islands(twin, { 'k1-n1': 8 });
  assert.deepEqual([one.count, one.gpusMax, one.tier.meetsAt], [1, 8, 'host']);
  const rack = islands(twin, { 'k1-n1': 8, 'k1-n2': 8 });
  assert.deepEqual([rack.count, rack.tier.meetsAt], [2, 'tor']);
  // Eight NICs of 400 Gbit/s; four PCIe switches would let through more.
  assert.equal(rack.network.nics * rack.network.nicBytesPerS, 8 * 50e9);
  const apart = islands(twin, { 'k1-n1': 8, 'k2-n1': 4 });
  assert.deepEqual([apart.gpusMax, apart.gpusMin, apart.tier.meetsAt], [8, 4, 'spine']);
});

test('a NIC that is down, a slow one and a narrow PCIe link take from what a host can send', () => {
  const site = probe();
  const total = () => {
    const { network } = islands(site.twin, { 'k1-n1': 8, 'k1-n2': 8 });
    return [network.nics * network.nicBytesPerS, network.dmaBytesPerS ?? 0];
  };
  const [all, dma] = total();
  site.write('linkUpFlag', 'k1-n1/nic0', 0);
  site.write('linkBytesPerS', 'k1-n1/nic1', 25e9);
  site.tick();
  assert.equal(total()[0], all - 50e9 - 25e9);
  site.write('linkUpFlag', 'k1-n1/nic0', 1, 1);
  site.write('pcieLinkWidthRatio', 'k1-n2/gpu3', 0.25, 1);
  site.tick(1);
  assert.ok(total()[1] < dma, `${total()[1]} of ${dma}`);
  for (let nic = 0; nic < 8; nic++) site.write('linkUpFlag', `k1-n2/nic${nic}`, 0, 2);
  site.tick(2);
  const cut = islandsOn(site.twin.state, H100, partsOf(site.twin, { 'k1-n1': 8, 'k1-n2': 8 }));
  assert.ok('reason' in cut && /k1-n2 has no NIC that is up/.test(cut.reason));
});

test('what others send through the uplinks of a rack leaves a fair share', () => {
  const { twin } = probe();
  const share = (ids: readonly string[]) =>
    uplinkShareBytesPerS(
      twin.state,
      ids.map(id => twin.topology.indexOf(id)),
    );
  assert.equal(share(['k1-n1', 'k1-n2']), Number.POSITIVE_INFINITY);
  const { shape, load } = twin.state.planes.network;
  const tor = shape.plane.positionOf[twin.topology.indexOf('k1-tor')];
  const limit = shape.limit[tor];
  assert.ok(Number.isFinite(limit));
  assert.equal(share(['k1-n1', 'k2-n1']), limit);
  // One other host under the switch: half for each if it wants as much, what it leaves if not.
  load[tor] = 2 * limit;
  assert.equal(share(['k1-n1', 'k2-n1']), limit / 2);
  load[tor] = 0.1 * limit;
  assert.ok(Math.abs(share(['k1-n1', 'k2-n1']) / (0.9 * limit) - 1) < 1e-12);
});

test('hosts without a way to each other form no job', () => {
  const { network: _, ...unwired } = TWO_RACKS;
  const twin = new Twin(topologyOf(unwired));
  const found = islandsOn(twin.state, H100, partsOf(twin, { 'k1-n1': 8, 'k2-n1': 8 }));
  assert.ok('reason' in found && /no way to each other/.test(found.reason));
});

const GPUS = { count: 64, perIsland: 8, memBytes: 80e9 };
const training = (hints: Partial<JobHints> = {}) => jobShape({ class: 'training', ...hints }, GPUS);

test('the shape of a job follows from its class and its GPUs', () => {
  const shape = training();
  assert.equal(shape.parameters, 70e9);
  // 70e9 x 16 bytes fill half of 28 GPUs: eight share a layer, four stages.
  assert.deepEqual([shape.tensorParallel, shape.pipelineParallel, shape.dataParallel], [8, 4, 2]);
  assert.equal(shape.flopsPerStep, 6 * 70e9 * 64 * 8192);
  assert.deepEqual(shape.gradients, [{ operation: 'allReduce', bytes: (2 * 70e9) / 32 }]);
  assert.equal(training({ parameters: 1e9 }).tensorParallel, 1);
  const served = jobShape({ class: 'decode' }, GPUS);
  assert.deepEqual([served.gradients.length, served.tensorParallel], [0, 4]);
  assert.throws(() => training({ tensorParallel: 3 }), /tensorParallel: 3 does not divide 64/);
  assert.throws(() => training({ pipelineParallel: 5 }), /pipelineParallel: .* does not divide/);
});

test('copies talk over the network, sharers of a layer inside the island', () => {
  const { twin } = probe();
  const two = islands(twin, { 'k1-n1': 8, 'k1-n2': 8 });
  const shape = jobShape(
    { class: 'training', parameters: 1e9, tensorParallel: 4 },
    { count: 16, perIsland: 8, memBytes: 80e9 },
  );
  const tensor = tensorGroup(two, shape);
  assert.deepEqual([tensor?.gpusPerHost, tensor?.hosts], [4, 1]);
  const gradients = gradientGroup(two, shape);
  assert.deepEqual([gradients?.gpusPerHost, gradients?.hosts], [2, 2]);
  // Four such groups share the NICs of each host.
  const whole = 0.96 * 8 * 50e9;
  assert.ok(Math.abs((gradients?.network?.shareBytesPerS ?? 0) / (whole / 4) - 1) < 1e-9);
});

test('where NVLink reaches over a rack its hosts are one island', () => {
  const gb200 = row('gb200');
  const shape = (hosts: number) => Object.values(asIslands(gb200, 4, hosts));
  assert.deepEqual(shape(18), [1, 72, 18]);
  assert.deepEqual(shape(36), [2, 72, 18]);
  assert.deepEqual(shape(20), [2, 40, 10]);
  // 19 hosts make no two equal islands.
  assert.deepEqual(shape(19), [19, 4, 1]);
  assert.deepEqual(Object.values(asIslands(H100, 8, 2)), [2, 8, 1]);
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
