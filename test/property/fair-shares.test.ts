import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { type Flow, fairShares } from '../../twin/physics/network/fair-share.ts';

interface Net {
  readonly capacity: number[];
  readonly flows: Flow[];
}

/** Networks with dead links, loops over a link, weights and demands, down to a tenth of a byte. */
const nets: fc.Arbitrary<Net> = fc.integer({ min: 1, max: 8 }).chain(links =>
  fc.record({
    capacity: fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0.1, max: 1e11, noNaN: true })), {
      minLength: links,
      maxLength: links,
    }),
    flows: fc.array(
      fc.record(
        {
          links: fc.array(fc.nat(links - 1), { minLength: 1, maxLength: 5 }),
          weight: fc.double({ min: 0.01, max: 100, noNaN: true }),
          demandBytesPerS: fc.double({ min: 0, max: 1e11, noNaN: true }),
        },
        { requiredKeys: ['links'] },
      ),
      { maxLength: 12 },
    ),
  }),
);

const CLOSE = 1e-9;

test('no link carries more than it can, and no flow more than it asked for', () => {
  fc.assert(
    fc.property(nets, ({ capacity, flows }) => {
      const shares = fairShares(capacity, flows);
      capacity.forEach((limit, l) => {
        assert.ok(shares.usedBytesPerS[l] <= limit * (1 + CLOSE) + 1e-6, `link ${l}`);
      });
      flows.forEach((flow, f) => {
        assert.ok(shares.bytesPerS[f] >= -1e-6);
        assert.ok(shares.bytesPerS[f] <= (flow.demandBytesPerS ?? Number.POSITIVE_INFINITY));
      });
    }),
  );
});

test('every flow has all it asked for, or a full link where nobody has a higher level', () => {
  fc.assert(
    fc.property(nets, ({ capacity, flows }) => {
      const { bytesPerS, limitedBy, usedBytesPerS } = fairShares(capacity, flows);
      const level = (f: number) => bytesPerS[f] / (flows[f].weight ?? 1);
      flows.forEach((flow, f) => {
        if (limitedBy[f] < 0) {
          assert.equal(bytesPerS[f], flow.demandBytesPerS);
          return;
        }
        const link = limitedBy[f];
        assert.ok(flow.links.includes(link));
        assert.ok(usedBytesPerS[link] >= capacity[link] * (1 - CLOSE) - 1e-6, `link ${link} full`);
        flows.forEach((other, o) => {
          if (!other.links.includes(link)) return;
          assert.ok(level(o) <= level(f) * (1 + 1e-6) + 1e-6, `flow ${o} above ${f} on ${link}`);
        });
      });
    }),
  );
});

test('the order of the flows does not matter', () => {
  fc.assert(
    fc.property(nets, ({ capacity, flows }) => {
      const forth = fairShares(capacity, flows).bytesPerS;
      const back = fairShares(capacity, flows.toReversed()).bytesPerS.toReversed();
      forth.forEach((rate, f) => {
        assert.ok(Math.abs(rate - back[f]) <= CLOSE * Math.max(1, rate), `flow ${f}`);
      });
    }),
  );
});

test('two links: the flow over both gets half of the narrow one, its neighbour the rest', () => {
  // Level 5 fills link 0 (flows 0 and 1); flow 2 then has 30 - 5 of link 1.
  const flows: Flow[] = [{ links: [0, 1] }, { links: [0] }, { links: [1] }];
  assert.deepEqual([...fairShares([10, 30], flows).bytesPerS], [5, 5, 25]);
  // With weight 3 the first has 7.5 of link 0, and 22.5 is left of link 1.
  flows[0] = { links: [0, 1], weight: 3 };
  assert.deepEqual([...fairShares([10, 30], flows).bytesPerS], [7.5, 2.5, 22.5]);
  // It asks for 2 only: the others share what is left.
  flows[0] = { links: [0, 1], demandBytesPerS: 2 };
  const shares = fairShares([10, 30], flows);
  assert.deepEqual([...shares.bytesPerS], [2, 8, 28]);
  assert.deepEqual([...shares.limitedBy], [-1, 0, 1]);
  // Twice over one link costs it twice.
  assert.deepEqual([...fairShares([10], [{ links: [0, 0] }, { links: [0] }]).usedBytesPerS], [10]);
});

test('what makes no sense is refused by name', () => {
  assert.throws(() => fairShares([-1], []), /capacity of link 0/);
  assert.throws(() => fairShares([1], [{ links: [1] }]), /flow 0 passes link 1 of 1/);
  assert.throws(() => fairShares([1], [{ links: [0], weight: 0 }]), /weight of flow 0/);
  assert.throws(() => fairShares([1], [{ links: [] }]), /neither a finite link nor a demand/);
  assert.throws(() => fairShares([1], [{ links: [0], demandBytesPerS: Number.NaN }]), /demand/);
});
