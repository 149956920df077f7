import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  type CollectiveAsk,
  type CollectiveTime,
  collectiveTime,
} from '../../twin/physics/network/collective.ts';
import { type GpuGroup, hostBytesPerS } from '../../twin/physics/network/group.ts';
import { stepVerdict } from '../../twin/physics/network/iteration.ts';
import { COLLECTIVE_ROWS } from '../../twin/tables/physics/collective-rows.ts';

const operations = fc.constantFrom(
  ...(['allReduce', 'allGather', 'reduceScatter', 'allToAll'] as const),
);
const algorithms = fc.constantFrom(...(['auto', 'ring', 'tree', 'nvls'] as const));
const sizes = fc.double({ min: 0, max: 40, noNaN: true }).map(power => 2 ** power);

const groups: fc.Arbitrary<GpuGroup> = fc
  .record({
    row: fc.constantFrom(...COLLECTIVE_ROWS),
    gpusPerHost: fc.integer({ min: 1, max: 8 }),
    hosts: fc.integer({ min: 1, max: 600 }),
    network: fc.record({
      nics: fc.integer({ min: 1, max: 16 }),
      nicBytesPerS: fc.double({ min: 1e9, max: 1e11, noNaN: true }),
      oversubscription: fc.double({ min: 1, max: 16, noNaN: true }),
    }),
    isPipelined: fc.boolean(),
  })
  .filter(({ gpusPerHost, hosts, row }) => {
    return gpusPerHost * hosts > 1 && gpusPerHost <= row.islandGpus;
  });

/** The answer, or nothing where this hardware cannot do it that way. */
function timeOf(ask: CollectiveAsk, group: GpuGroup): CollectiveTime | undefined {
  try {
    return collectiveTime(ask, group);
  } catch (error) {
    assert.ok(error instanceof RangeError && /cannot do/.test(error.message), `${error}`);
    return undefined;
  }
}

test('time never falls with the size', () => {
  fc.assert(
    fc.property(
      operations,
      algorithms,
      groups,
      sizes,
      sizes,
      (operation, algorithm, group, a, b) => {
        const [small, large] = [Math.min(a, b), Math.max(a, b)].map(bytes =>
          timeOf({ operation, algorithm, bytes }, group),
        );
        if (!small || !large) return;
        assert.ok(large.timeS >= small.timeS * (1 - 1e-12), `${small.timeS} then ${large.timeS}`);
      },
    ),
  );
});

test('nor does it where the tables of trees have a step', () => {
  // Three hosts with plain NICs: the ratio of middle sizes shows at each power of two.
  const network = { nics: 8, nicBytesPerS: 5e10 };
  for (const row of COLLECTIVE_ROWS) {
    const group: GpuGroup = { row, gpusPerHost: Math.min(8, row.islandGpus), hosts: 3, network };
    for (let power = 6; power < 32; power++) {
      const [below, at] = [2 ** power * (1 - 1e-6), 2 ** power].map(
        bytes => collectiveTime({ operation: 'allReduce', algorithm: 'tree', bytes }, group).timeS,
      );
      assert.ok(at >= below, `${row.gpuClass}, 2^${power}: ${below} then ${at}`);
    }
  }
});

test('four to one oversubscribed, a network that is the narrowest place takes four times as long', () => {
  for (const row of COLLECTIVE_ROWS) {
    const time = (oversubscription: number) => {
      const network = { nics: 1, nicBytesPerS: 1e9, oversubscription };
      const ask = { operation: 'allReduce', algorithm: 'ring', bytes: 2 ** 38 } as const;
      return collectiveTime(ask, { row, gpusPerHost: 4, hosts: 2, network }).timeS;
    };
    assert.ok(Math.abs(time(4) / time(1) - 4) < 1e-3, `${row.gpuClass}: ${time(4) / time(1)}`);
  }
});

test('time never falls with oversubscription, nor rises with a faster NIC', () => {
  fc.assert(
    fc.property(
      operations,
      groups,
      sizes,
      fc.double({ min: 1, max: 8, noNaN: true }),
      (...given) => {
        const [operation, group, bytes, factor] = given;
        const network = group.network;
        assert.ok(network);
        const with_ = (change: object) =>
          collectiveTime({ operation, bytes }, { ...group, network: { ...network, ...change } })
            .timeS;
        const { oversubscription = 1, nicBytesPerS } = network;
        const asIs = with_({});
        assert.ok(with_({ oversubscription: oversubscription * factor }) >= asIs);
        assert.ok(with_({ nicBytesPerS: nicBytesPerS * factor }) <= asIs);
      },
    ),
  );
});

test('auto is the least of what can be asked for, and reduction in switches only ever helps', () => {
  fc.assert(
    fc.property(groups, sizes, (group, bytes) => {
      const ask = { operation: 'allReduce', bytes } as const;
      const auto = collectiveTime(ask, group).timeS;
      for (const algorithm of ['ring', 'tree', 'nvls'] as const) {
        const one = timeOf({ ...ask, algorithm }, group);
        if (one) assert.ok(auto <= one.timeS);
      }
      assert.ok(auto <= collectiveTime({ ...ask, inSwitch: false }, group).timeS);
    }),
  );
});

test('a ring moves no more over the network than the hosts can, and pipelining only helps', () => {
  fc.assert(
    fc.property(groups, sizes, (group, bytes) => {
      const ask = { operation: 'allReduce', algorithm: 'ring', bytes } as const;
      const { busBytesPerS, timeS } = collectiveTime(ask, { ...group, isPipelined: true });
      if (group.hosts > 1) assert.ok(busBytesPerS <= hostBytesPerS(group) * (1 + 1e-12));
      assert.ok(timeS <= collectiveTime(ask, { ...group, isPipelined: false }).timeS);
    }),
  );
});

const seconds = fc.double({ min: 0, max: 10, noNaN: true });

test('a step is no shorter than any part of it, and the verdict names its longest part', () => {
  const steps = fc.record({
    computeS: seconds,
    storageS: seconds,
    preprocessS: seconds,
    communicationS: seconds,
    overlapRatio: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(steps, step => {
      const verdict = stepVerdict(step);
      const { computeS, storageS, preprocessS } = step;
      assert.ok(verdict.iterationS >= Math.max(computeS, storageS, preprocessS));
      assert.ok(verdict.exposedS >= 0 && verdict.exposedS <= step.communicationS);
      const spent = Object.values(verdict.spentS);
      const sum = spent.reduce((x, y) => x + y, 0);
      assert.ok(Math.abs(sum - verdict.iterationS) <= 1e-12 * verdict.iterationS);
      assert.equal(verdict.spentS[verdict.waitsFor], Math.max(...spent));
    }),
  );
});
