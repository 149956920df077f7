/** A join that is carried over to the next generation is the one that the labels would give there. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { createAliasIndex } from '../../server/identity/alias-index.ts';
import { createJoin } from '../../server/identity/join.ts';
import { entitiesThatStay } from '../../server/ingest/generation-move.ts';
import type { MappingRow } from '../../server/ingest/mapping.ts';
import { type TinyEntity, tinyTopology } from '../support/tiny-topology.ts';

const rows: MappingRow[] = [
  { metrics: ['load'], signal: 'load1Count', entity: 'host' },
  { metrics: ['bmc_power'], signal: 'bmcPowerW', entity: 'bmcHost' },
  { metrics: ['gpu_temp'], signal: 'gpuTempC', entity: 'gpu' },
  { metrics: ['psu_in'], signal: 'psuInputPowerW', entity: 'psu' },
  { metrics: ['outlet'], signal: 'outletPowerW', entity: 'pduOutlet' },
  { metrics: ['outlet'], signal: 'unwiredOutletPowerW', entity: 'unwiredOutlet', optional: true },
  { metrics: ['pdu_power'], signal: 'pduPowerW', entity: 'pdu' },
];
const mappings = [{ id: 'm', title: 'm', checkedAgainst: 'x', rows }];

const ADDRESSES = ['10.0.0.1', '10.0.0.2', 'x.example.org', 'x', 'a'];
const address = fc.constantFrom(...ADDRESSES);

interface Part {
  readonly gpus: readonly (string | undefined)[];
  readonly outlets: readonly (string | undefined)[];
}

const host = fc.record({
  id: fc.constantFrom('a', 'b', 'c'),
  nodeName: fc.option(address, { nil: undefined }),
  bmcAddress: fc.option(address, { nil: undefined }),
  gpus: fc.array(fc.option(fc.constantFrom('u1', 'u2', 'u3'), { nil: undefined }), {
    maxLength: 2,
  }),
  outlets: fc.array(fc.option(fc.constantFrom('p/1', 'p/2', 'q/1', 'x/1'), { nil: undefined }), {
    maxLength: 2,
  }),
});
const pdu = fc.record({
  id: fc.constantFrom('p', 'q'),
  address: fc.option(address, { nil: undefined }),
});
const site = fc.record({
  hosts: fc.uniqueArray(host, { selector: each => each.id, maxLength: 3 }),
  pdus: fc.uniqueArray(pdu, { selector: each => each.id, maxLength: 2 }),
});

/** The same site after a few changes: most of it stays. */
const edits = fc.record({
  hosts: fc.array(fc.tuple(fc.nat(3), fc.option(host)), { maxLength: 2 }),
  pdus: fc.array(fc.tuple(fc.nat(2), fc.option(pdu)), { maxLength: 1 }),
  isReversed: fc.boolean(),
});

/** Puts each at its position instead of what stood there; null takes away. Ids stay unique. */
function edited<T extends { id: string }>(
  list: readonly T[],
  changes: readonly [number, T | null][],
) {
  const next: (T | null)[] = [...list];
  for (const [at, item] of changes) next[Math.min(at, next.length)] = item;
  const kept = next.filter(item => item !== null);
  return kept.filter((item, i) => kept.findIndex(other => other.id === item.id) === i);
}

const given = (aliases: Record<string, string | undefined>) =>
  Object.fromEntries(Object.entries(aliases).filter(([, value]) => value !== undefined));

function parts(id: string, { gpus, outlets }: Part): TinyEntity[] {
  return [
    ...gpus.map(
      (gpuUuid, i): TinyEntity => ({
        ...{ id: `${id}/gpu${i}`, kind: 'gpu', parent: id, aliases: given({ gpuUuid }) },
      }),
    ),
    ...outlets.map(
      (pduOutlet, i): TinyEntity => ({
        ...{ id: `${id}/psu${i}`, kind: 'psu', parent: id, aliases: given({ pduOutlet }) },
      }),
    ),
  ];
}

type Site = typeof site extends fc.Arbitrary<infer T> ? T : never;

const topologyOf = ({ hosts, pdus }: Site) =>
  tinyTopology([
    { id: 's', kind: 'site' },
    { id: 'r', kind: 'rack', parent: 's' },
    ...pdus.map(
      ({ id, address }): TinyEntity => ({
        ...{ id, kind: 'pdu', parent: 'r', aliases: given({ address }) },
      }),
    ),
    ...hosts.flatMap(({ id, nodeName, bmcAddress, ...rest }): TinyEntity[] => [
      { id, kind: 'host', parent: 'r', aliases: given({ nodeName, bmcAddress }) },
      ...parts(id, rest),
    ]),
  ]);

/** Label sets that lead somewhere in some of the sites. */
const LABELS: readonly (readonly [metric: string, labels: Record<string, string>])[] = [
  ...ADDRESSES.flatMap(instance => [
    ['load', { instance }] as const,
    ['bmc_power', { instance }] as const,
    ['pdu_power', { instance }] as const,
    ...['0', '1'].map(gpu => ['gpu_temp', { instance, gpu }] as const),
    ['gpu_temp', { instance }] as const,
    ...['PSU1', 'PSU2'].map(name => ['psu_in', { instance, name }] as const),
    ...['1', '2'].map(outletIndex => ['outlet', { instance, outletIndex }] as const),
  ]),
  ...['u1', 'u2', 'u3'].map(UUID => ['gpu_temp', { UUID }] as const),
  ...['p', 'q'].flatMap(instance =>
    ['1', '2'].map(outletIndex => ['outlet', { instance, outletIndex }] as const),
  ),
];

test('what stays bound is bound as a new look at the labels would bind it', () => {
  let carried = 0;
  fc.assert(
    fc.property(site, edits, (before, { isReversed, ...changes }) => {
      const hosts = edited(before.hosts, changes.hosts);
      const from = topologyOf(before);
      const to = topologyOf({
        hosts: isReversed ? hosts.reverse() : hosts,
        pdus: edited(before.pdus, changes.pdus),
      });
      const last = createJoin({ topology: from, aliases: createAliasIndex(from), mappings });
      const next = createJoin({ topology: to, aliases: createAliasIndex(to), mappings });
      const moved = entitiesThatStay(from, to);
      for (const [metric, labels] of LABELS) {
        const bound = last.bind(metric, labels, { id: 's', labels: {} });
        if (bound.kind !== 'bound' || bound.rows.some(row => moved[row.entity] < 0)) continue;
        carried++;
        const anew = next.bind(metric, labels, { id: 's', labels: {} });
        const where = JSON.stringify([metric, labels]);
        assert.equal(anew.kind, 'bound', where);
        if (anew.kind !== 'bound') continue;
        assert.deepEqual(
          anew.rows.map(row => [row.signal, row.entity]),
          bound.rows.map(row => [row.signal, moved[row.entity]]),
          where,
        );
      }
    }),
    { numRuns: 1500, seed: 7 },
  );
  assert.ok(carried > 1000, `${carried} joins were carried over`);
});

test('an inventory that is read again unchanged keeps everything', () => {
  fc.assert(
    fc.property(site, same => {
      const topology = topologyOf(same);
      const moved = entitiesThatStay(topology, topologyOf(same));
      assert.deepEqual(
        moved,
        Int32Array.from(topology.ids, (_, i) => i),
      );
    }),
  );
});
