/** Small inventories of a power chain wired at random, and twins of any inventory, for tests. */
import fc from 'fast-check';
import { putOwn } from '../../twin/closure/loads.ts';
import { closePlane, type PlaneResults } from '../../twin/closure/pass.ts';
import { entitiesOfKind } from '../../twin/topology/walk.ts';
import { Twin } from '../../twin/twin.ts';
import { topologyFrom } from './inventories.ts';

/** A thing of the chain, with the weights of its wires to things of the layers above. */
interface Wired {
  readonly limitW: number;
  /** `from` counts through all things of the layers above, wrapping round; weight 0 is standby. */
  readonly wires: readonly { readonly from: number; readonly weight: number }[];
}

export interface ChainPlan {
  /** Utility feeds, switchgears, UPSs, PDUs: each with a class of its own limit. */
  readonly layers: readonly (readonly Wired[])[];
  readonly hosts: readonly (Wired & { readonly powerW: number })[];
  /** Loss ratios of switchgears and UPSs. */
  readonly losses: { readonly noLoad: number; readonly linear: number; readonly square: number };
  /** Wires skip layers: only then can a supplier stand above another one of the same thing. */
  readonly skipsLayers: boolean;
}

const wired = (maxWires: number) => ({
  limitW: fc.integer({ min: 20_000, max: 400_000 }),
  wires: fc.array(fc.record({ from: fc.nat(20), weight: fc.nat(3) }), {
    minLength: 1,
    maxLength: maxWires,
  }),
});

const layer = (maxLength: number, maxWires: number) =>
  fc.array(fc.record(wired(maxWires)), { minLength: 1, maxLength });

const noLosses = fc.constant({ noLoad: 0, linear: 0, square: 0 });
const someLosses = fc.record({
  noLoad: fc.constantFrom(0, 0.01),
  linear: fc.constantFrom(0, 0.02),
  square: fc.constantFrom(0.01, 0.05),
});

export const chainPlans = (options: { lossy: boolean; skipsLayers: boolean }) =>
  fc.record<ChainPlan>({
    layers: fc.tuple(layer(3, 1), layer(3, 3), layer(4, 3), layer(4, 4)),
    hosts: fc.array(fc.record({ ...wired(3), powerW: fc.integer({ min: 500, max: 9_000 }) }), {
      minLength: 1,
      maxLength: 6,
    }),
    losses: options.lossy ? someLosses : noLosses,
    skipsLayers: fc.constant(options.skipsLayers),
  });

const KINDS_OF_LAYERS = ['utilityFeed', 'switchgear', 'ups', 'pdu'] as const;
const PLURALS = ['utilityFeeds', 'switchgears', 'upses', 'pdus'] as const;

/** The inventory document of a plan: one rack, with the chain above it. */
export function chainDocument(plan: ChainPlan) {
  const idOf = (depth: number, i: number) => `${KINDS_OF_LAYERS[depth]}-${i}`;
  const things = plan.layers.map((list, depth) =>
    list.map((_, i) => ({ id: idOf(depth, i), class: `${idOf(depth, i)}-class` })),
  );
  const site = Object.fromEntries(PLURALS.slice(0, 2).map((plural, d) => [plural, things[d]]));
  const hosts = plan.hosts.map((_, i) => ({ id: `host-${i}`, class: `host-${i}-class` }));
  const rack = { id: 'rack', pdus: things[3], hosts };
  return {
    apiVersion: 'orrery/v1',
    kind: 'Inventory',
    metadata: { name: 'chain' },
    classes: classesOf(plan, idOf),
    site: {
      id: 'site',
      ...site,
      halls: [{ id: 'hall', upses: things[2], rows: [{ id: 'row', racks: [rack] }] }],
    },
    power: [
      ...plan.layers.flatMap((list, depth) =>
        depth === 0 ? [] : list.flatMap((it, i) => wiresOf(plan, it, idOf(depth, i), depth)),
      ),
      ...plan.hosts.flatMap((it, i) => wiresOf(plan, it, `host-${i}`, 4)),
    ],
  };
}

function classesOf(plan: ChainPlan, idOf: (depth: number, i: number) => string) {
  const { noLoad, linear, square } = plan.losses;
  const lossy = { lossNoLoadRatio: noLoad, lossLinearRatio: linear, lossSquareRatio: square };
  const chain = plan.layers.flatMap((list, depth) =>
    list.map(({ limitW }, i) => ({
      id: `${idOf(depth, i)}-class`,
      kind: KINDS_OF_LAYERS[depth],
      figures: {
        powerLimitW: limitW,
        ratedW: limitW,
        ...(depth === 1 || depth === 2 ? lossy : {}),
      },
    })),
  );
  const hosts = plan.hosts.map(({ limitW }, i) => ({
    id: `host-${i}-class`,
    kind: 'host',
    figures: { powerMaxW: limitW },
  }));
  return [...chain, ...hosts];
}

/** One wire an edge, each supplier once, with weights made shares; all standby: equal parts. */
function wiresOf(plan: ChainPlan, { wires }: Wired, to: string, depth: number) {
  const above = plan.layers
    .slice(plan.skipsLayers ? 0 : depth - 1, depth)
    .flatMap((list, i) =>
      list.map((_, n) => `${KINDS_OF_LAYERS[i + (plan.skipsLayers ? 0 : depth - 1)]}-${n}`),
    );
  const weights = new Map<string, number>();
  for (const wire of wires) weights.set(above[wire.from % above.length], wire.weight);
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  return [...weights].map(([from, weight]) => ({
    to,
    from,
    share: total > 0 ? weight / total : 1 / weights.size,
  }));
}

export const CHAIN_START_MS = 1_700_000_000_000;

/** The power plane of a plan, closed, with the hosts drawing what the plan says. */
export function chainOf(plan: ChainPlan): { twin: Twin; r: PlaneResults } {
  const twin = new Twin(topologyFrom(chainDocument(plan)));
  const r = twin.state.planes.power;
  entitiesOfKind(twin.topology, 'host').forEach((host, i) => {
    const p = r.shape.plane.positionOf[host];
    putOwn(r, p, plan.hosts[i].powerW, CHAIN_START_MS);
  });
  closePlane(r);
  return { twin, r };
}
