/** Small random sites with every kind of supply: 1N, 2N, N+1 and static transfer switches. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { stateHash } from '../../twin/state/hash.ts';
import { signalIndex } from '../../twin/tables/signals.ts';
import { buildTopology } from '../../twin/topology/build.ts';
import { type Inventory, parseInventory } from '../../twin/topology/inventory.ts';
import type { Topology } from '../../twin/topology/topology.ts';
import { entitiesOfKind } from '../../twin/topology/walk.ts';
import { Twin } from '../../twin/twin.ts';
import { type WhatIfAnswer, whatIfAnswerSchema } from '../../twin/whatif/answer.ts';
import { askWhatIf } from '../../twin/whatif/whatif.ts';

export interface SitePlan {
  readonly supply: '1N' | '2N' | 'N+1' | 'STS';
  readonly rows: number;
  readonly racks: number;
  readonly hosts: number;
  readonly hostClass: 'reference-8gpu' | 'dgx-h100' | 'l40s-8x';
  readonly upses: number;
  readonly crahs: number;
  readonly chillers: number;
  /** Limit of every rack and of every UPS, W; small ones bind. */
  readonly rackLimitW: number;
  readonly upsLimitW: number;
}

export const sitePlans: fc.Arbitrary<SitePlan> = fc.record({
  supply: fc.constantFrom('1N', '2N', 'N+1', 'STS'),
  rows: fc.integer({ min: 1, max: 2 }),
  racks: fc.integer({ min: 1, max: 3 }),
  hosts: fc.integer({ min: 1, max: 4 }),
  hostClass: fc.constantFrom('reference-8gpu', 'dgx-h100', 'l40s-8x'),
  upses: fc.integer({ min: 2, max: 3 }),
  crahs: fc.integer({ min: 1, max: 4 }),
  chillers: fc.integer({ min: 1, max: 3 }),
  rackLimitW: fc.integer({ min: 9_000, max: 60_000 }),
  upsLimitW: fc.integer({ min: 15_000, max: 400_000 }),
});

const HALL = 'h1';

function powerWires(plan: SitePlan) {
  const upses = Array.from({ length: plan.upses }, (_, i) => `u${i + 1}`);
  if (plan.supply === '1N') {
    return [
      { kind: 'ups', to: '*', from: 'sw-a' },
      { kind: 'pdu', to: '*-pdu-a', from: 'u1' },
    ];
  }
  if (plan.supply === '2N') {
    return [
      { kind: 'ups', to: 'u1', from: 'sw-a' },
      { kind: 'ups', to: 'u[23]', from: 'sw-b' },
      { kind: 'pdu', to: '*-pdu-a', from: 'u1' },
      { kind: 'pdu', to: '*-pdu-b', from: 'u2' },
    ];
  }
  if (plan.supply === 'N+1') {
    return [
      { kind: 'ups', to: '*', from: 'sw-*' },
      { kind: 'pdu', to: '*', from: upses },
    ];
  }
  return [
    { kind: 'ups', to: 'u1', from: 'sw-a' },
    { kind: 'ups', to: 'u[23]', from: 'sw-b' },
    { kind: 'sts', to: 'sts', from: 'u1', share: 1 },
    { kind: 'sts', to: 'sts', from: 'u2', share: 0 },
    { kind: 'pdu', to: '*', from: 'sts' },
  ];
}

const list = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i + 1));

function rackEntry(plan: SitePlan, rack: string) {
  const pdu = (side: string) => ({ id: `${rack}-pdu-${side}`, class: 'pdu-125a-415v' });
  const host = (n: number) => ({ id: `${rack}-n${n}`, class: plan.hostClass });
  return {
    id: rack,
    class: 'rack-air-60kw',
    limits: { rackPower: plan.rackLimitW, rackCooling: plan.rackLimitW },
    pdus: plan.supply === '1N' ? [pdu('a')] : [pdu('a'), pdu('b')],
    hosts: list(plan.hosts, host),
  };
}

function inventoryOf(plan: SitePlan): Inventory {
  const document = {
    apiVersion: 'orrery/v1',
    kind: 'Inventory',
    metadata: { name: 'random' },
    site: {
      id: 'site',
      utilityFeeds: [{ id: 'grid', class: 'utility-10mw' }],
      transformers: [{ id: 'tx', class: 'transformer-2500kva' }],
      switchgears: ['sw-a', 'sw-b'].map(id => ({ id, class: 'switchgear-1600a-400v' })),
      generators: [{ id: 'gen', class: 'generator-2mw' }],
      chillers: list(plan.chillers, n => ({ id: `ch${n}`, class: 'chiller-1mw' })),
      halls: [
        {
          id: HALL,
          upses: list(plan.upses, n => ({
            id: `u${n}`,
            class: 'ups-500kw',
            limits: { upsPower: plan.upsLimitW },
          })),
          stses: plan.supply === 'STS' ? [{ id: 'sts', class: 'sts-800a-400v' }] : [],
          crahs: list(plan.crahs, n => ({ id: `crah${n}`, class: 'crah-100kw' })),
          rows: list(plan.rows, row => ({
            id: `r${row}`,
            racks: list(plan.racks, n => rackEntry(plan, `r${row}k${n}`)),
          })),
        },
      ],
    },
    power: [
      { kind: 'transformer', to: 'tx', from: 'grid' },
      { kind: 'switchgear', to: '*', from: 'tx' },
      { kind: 'switchgear', to: '*', from: 'gen', share: 0 },
      ...powerWires(plan),
      { kind: 'crah', to: '*', from: 'sw-*' },
      { kind: 'chiller', to: '*', from: 'sw-*' },
    ],
    cooling: [
      { kind: 'rack', to: '*', from: 'crah*' },
      { kind: 'crah', to: '*', from: 'ch*' },
    ],
  };
  const parsed = parseInventory(document);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

function topologyOf(inventory: Inventory): Topology {
  const built = buildTopology(inventory);
  if (!built.ok) throw new Error(JSON.stringify(built.problems));
  return built.value;
}

const START_MS = 1_700_000_000_000;

/** A twin of the plan whose hosts draw what is asked of them (by host, in turn); NaN: no meter. */
export function twinOf(plan: SitePlan, hostPowerW: readonly number[]): Twin {
  const twin = new Twin(topologyOf(inventoryOf(plan)));
  entitiesOfKind(twin.topology, 'host').forEach((host, i) => {
    const powerW = hostPowerW[i % hostPowerW.length];
    if (!Number.isNaN(powerW)) write(twin, 'bmcPowerW', host, powerW);
  });
  twin.tick(START_MS);
  return twin;
}

/** Writes a measured value at the time of the first tick; a tick must follow. */
export function write(twin: Twin, signal: string, entity: number, value: number) {
  twin.write(twin.state.ensureCell(signalIndex(signal), entity), entity, value, START_MS);
}

export const tick = (twin: Twin) => twin.tick(START_MS + 1000);

/** Asks what must be answered, by the schema that is published, without a trace in the state. */
export function ask(twin: Twin, question: object): WhatIfAnswer {
  const before = stateHash(twin.state);
  const answer = askWhatIf(twin, { kind: 'WhatIf', ...question });
  assert.ok(answer.ok, JSON.stringify(answer));
  assert.equal(stateHash(twin.state), before, 'the live state was touched');
  whatIfAnswerSchema.parse(answer.value);
  return answer.value;
}
