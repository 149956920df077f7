/** A binding by the plan of an earlier series is the one that joining the series would give. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { createAliasIndex } from '../../server/identity/alias-index.ts';
import { type BoundRow, createJoin } from '../../server/identity/join.ts';
import type { Labels } from '../../server/ingest/contract.ts';
import { createJoinedBindings } from '../../server/ingest/joined-bindings.ts';
import type { LiveWriter } from '../../server/ingest/live-writer.ts';
import { MAPPINGS } from '../../server/ingest/mappings/index.ts';
import type { LiveTwin } from '../../server/live-twin.ts';
import { parts, tinyTopology } from '../support/tiny-topology.ts';

const topology = tinyTopology([
  { id: 's1', kind: 'site' },
  { id: 'r1', kind: 'rack', parent: 's1' },
  { id: 'p1', kind: 'pdu', parent: 'r1', aliases: { address: '10.8.0.1' } },
  { id: 'f1', kind: 'feed', parent: 's1', aliases: { address: '10.8.0.2' } },
  { id: 'a', kind: 'host', parent: 'r1', aliases: { ip: '10.0.0.1', bmcAddress: '10.9.0.1' } },
  { id: 'b', kind: 'host', parent: 'r1', aliases: { ip: '10.0.0.2', serial: 'SN-B' } },
  ...parts('a', { gpu: 2, psu: 2, fan: 2 }),
  { id: 'b/gpu0', kind: 'gpu', parent: 'b', aliases: { gpuUuid: 'GPU-b0' } },
  { id: 'b/gpu0/i1', kind: 'gpuInstance', parent: 'b/gpu0', aliases: { slot: '1' } },
  { id: 'b/nic0', kind: 'nic', parent: 'b', aliases: { netDevice: 'eth0' } },
]);

const NAMES = MAPPINGS.map(({ rows }) => [...new Set(rows.flatMap(row => row.metrics))]).filter(
  names => names.length > 1,
);

/** Values of the labels by which entities are found, or which rows read; `''` is as if absent. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  Hostname: ['a', 'b', 'pod-7'],
  instance: ['10.0.0.1:9400', '10.0.0.2', '10.9.0.1', 'nobody'],
  target: ['10.9.0.1', '10.8.0.1', 'b'],
  serial: ['SN-B', 'SN-X'],
  UUID: ['GPU-b0', 'GPU-c4', 'GPU-c5'],
  gpu: ['0', '1', '7'],
  GPU_I_ID: ['', '1'],
  device: ['eth0', 'nvme0n1', 'lo'],
  name: ['PSU0 Power In', 'PSU1', 'Fan 1', 'Inlet Temp'],
  id: ['0', '1'],
  mode: ['idle', 'user', 'iowait'],
  modelName: ['H100', 'H200', ''],
  pod: ['train-0', ''],
  mountpoint: ['/', '/data'],
  fstype: ['ext4', 'tmpfs'],
  le: ['0.5', '+Inf'],
  outletIndex: ['1', '2'],
};

/** A host by a name that is known, more often than not, and a few other labels. */
const labelSet: fc.Arbitrary<Labels> = fc
  .tuple(
    fc.constantFrom<Labels>(
      ...[{ Hostname: 'a' }, { Hostname: 'b' }, { target: '10.9.0.1' }],
      ...[{ target: '10.8.0.1' }, { target: '10.8.0.2' }, {}],
    ),
    fc.array(
      fc
        .constantFrom(...Object.entries(VALUES))
        .chain(([label, values]) => fc.record({ [label]: fc.constantFrom(...values) })),
      { maxLength: 4 },
    ),
  )
  .map(([host, others]) => Object.assign({}, ...others, host));

/** Series of one exporter, since only those share labels. */
const series = fc.record({
  sets: fc.array(labelSet, { minLength: 1, maxLength: 5 }),
  names: fc
    .constantFrom(...NAMES)
    .chain(names => fc.array(fc.constantFrom(...names), { minLength: 2, maxLength: 8 })),
  scraped: fc.constantFrom<Labels>({}, { instance: '10.0.0.1:9100' }, { mode: 'idle' }),
  order: fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 20, maxLength: 60 }),
});

/** A join of its own with what its bindings write to; cells and texts are the same in all. */
function newSide() {
  const join = createJoin({ topology, aliases: createAliasIndex(topology), mappings: MAPPINGS });
  let stage: readonly BoundRow[] = [];
  const live = {
    twin: { state: { ensureCell: (signal: number, entity: number) => 1000 * signal + entity } },
    texts: {
      intern: (text: string) => [...text].reduce((sum, c) => 31 * sum + c.charCodeAt(0), 7),
    },
  } as unknown as LiveTwin;
  const stages = {
    add(rows: readonly BoundRow[]) {
      stage = rows;
      return -2;
    },
  };
  const newBindings = () => createJoinedBindings(live, { stages } as unknown as LiveWriter, join);
  const shown = <T extends { cell: number }>(binding: T) =>
    structuredClone({ ...binding, stage: binding.cell === -2 ? stage.map(plain) : [] });
  return { join, newBindings, shown };
}

/** A row has patterns in it, which its number says as well. */
const plain = ({ row: _row, ...rest }: BoundRow) => rest;

test('a series bound by the plan of one like it is bound as if it had been joined', () => {
  let planned = 0;
  fc.assert(
    fc.property(series, ({ sets, names, scraped, order }) => {
      const [fast, slow] = [newSide(), newSide()];
      const bindings = fast.newBindings();
      const source = { id: 'x', labels: scraped };
      for (const [s, n] of order) {
        const labels = sets[s % sets.length];
        const name = names[n % names.length];
        const found = slow.join.bind(name, labels, source);
        const known = bindings.find(name, labels, source);
        const shown = known && fast.shown(known);
        const joined = shown ? undefined : fast.join.bind(name, labels, source);
        if (shown) planned++;
        assert.equal(joined?.kind ?? 'bound', found.kind);
        if (found.kind !== 'bound') continue;
        const want = slow.newBindings().of(name, labels, [source, found]);
        const got =
          joined?.kind === 'bound'
            ? fast.shown(bindings.of(name, labels, [source, joined]))
            : shown;
        assert.deepEqual(got, slow.shown(want));
      }
      assert.deepEqual(fast.join.contradictions(), slow.join.contradictions());
      assert.deepEqual(fast.join.aliases.learned(), slow.join.aliases.learned());
      assert.deepEqual(fast.join.zeroBased, slow.join.zeroBased);
    }),
    { numRuns: 600 },
  );
  assert.ok(planned > 2000, `only ${planned} series were bound by a plan`);
});
