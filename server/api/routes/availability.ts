/** How often an entity of the live site would lose what it lives on. */
import { z } from 'zod';
import {
  HOURS_PER_YEAR,
  KINDS,
  PLANE_IDS,
  type PlaneId,
  REDUNDANCY,
  siteAvailability,
  type Topology,
  upRatio,
} from '../../../twin/index.ts';
import { inTurns } from '../../whatif/turns.ts';
import { nearOf } from '../near-ids.ts';
import { ProblemError } from '../problem.ts';
import { list, pastRoute, wholeNumber } from '../route.ts';
import { entityOf } from '../scope.ts';

const interval = z.object({
  value: z.number(),
  low: z.number().describe('95 % confidence interval of the simulation.'),
  high: z.number(),
});

const answer = z.object({
  entity: z.string(),
  kind: z.string(),
  planes: z.array(z.enum(PLANE_IDS)).describe('On which it is supplied, and was asked for.'),
  availabilityRatio: interval.describe('Of its supply; the entity itself does not fail in it.'),
  downHPerYear: interval,
  outagesPerYear: z.number(),
  outageH: z.number().describe('Mean length of an outage; 0 if none was seen.'),
  own: z
    .object({
      failuresPerYear: z.number(),
      repairH: z.number(),
      availabilityRatio: z.number().describe('Of the entity alone.'),
      withSupplyRatio: z.number().describe('Of the entity and its supply.'),
    })
    .nullable()
    .describe('null: no rate of failure is known of its kind.'),
  singlePoints: z
    .array(z.object({ id: z.string(), kind: z.string() }))
    .describe('What takes the supply alone, at the loads of now.'),
  reportedDown: z.array(z.string()).describe('Power supplies that report themselves broken: out.'),
  without: z.array(z.string()).describe('Taken as out because the question says so.'),
  notInSupply: z
    .array(z.object({ id: z.string(), like: z.array(z.string()) }))
    .describe('Asked to be out, and without effect; what is like it in the supply.'),
  parts: z.record(z.string(), z.number()).describe('What the supply stands on, by kind.'),
  neverFails: z.array(z.string()).describe('Kinds of these that have no rate of failure here.'),
  paths: z.int(),
  pathsWithOutage: z.int().describe('Few: the interval is wide; none: out of reach.'),
  seed: z.int().describe('The same question with the same seed has the same answer.'),
  assumes: z.array(z.string()),
});

const ASSUMES: readonly string[] = [
  'rates of failure of the power chain and cooling are typical figures from memory',
  'as many suppliers must work as carry what all carry now',
  'a battery lasts as long as at the load of now, and is full again once its input is back',
  'a generator runs as long as its fuel: none is delivered',
];

const availability = pastRoute({
  method: 'get',
  path: '/api/v1/availability',
  summary:
    'Availability of power, cooling and network of an entity, by simulation on its redundancy ' +
    'graph at the loads of now',
  tag: 'headroom',
  role: 'viewer',
  query: z.object({
    entity: z.string().describe('A rack, host, switch, or what else is supplied.'),
    planes: z.string().optional().describe('Comma-separated: power, cooling, network; all.'),
    without: z.string().optional().describe('Comma-separated ids that are out, as in a service.'),
    paths: wholeNumber(100, 200_000)
      .default(REDUNDANCY.paths.value)
      .describe('Simulated courses from all up to all up; more make the interval narrower.'),
    seed: wholeNumber(0, 2 ** 32 - 1).default(REDUNDANCY.seed.value),
  }),
  answer,
  async handle({ query }, { live }) {
    const { state } = live.twin;
    const { topology } = state;
    const entity = entityOf(topology, query.entity);
    const without = [...new Set(list(query.without))].map(id => entityOf(topology, id));
    if (without.includes(entity)) throw new ProblemError(400, noneOfItself(query.entity));
    const named = list(query.planes)?.map(knownPlane) ?? [];
    const planes = named.length > 0 ? named : undefined;
    const { paths, seed } = query;
    const ask = { entity, without, paths, seed, ...(planes ? { planes } : {}) };
    const found = await inTurns(siteAvailability(state, ask));
    if (!found) throw new ProblemError(422, noSupply(topology, entity, planes));
    const { unavailabilityRatio: down, unavailabilityLow: low, unavailabilityHigh: high } = found;
    const { parts, reportedDown, outagesPerYear, outageH, pathsWithOutage, own } = found;
    const kindOf = (id: string) => KINDS[topology.kind[topology.indexOf(id)]].id;
    const ownRatio = own ? upRatio(own.failuresPerYear, own.repairH) : 1;
    return {
      entity: query.entity,
      kind: kindOf(query.entity),
      planes: found.planes,
      availabilityRatio: { value: 1 - down, low: 1 - high, high: 1 - low },
      downHPerYear: {
        value: down * HOURS_PER_YEAR,
        low: low * HOURS_PER_YEAR,
        high: high * HOURS_PER_YEAR,
      },
      ...{ outagesPerYear, outageH },
      own: own
        ? { ...own, availabilityRatio: ownRatio, withSupplyRatio: ownRatio * (1 - down) }
        : null,
      singlePoints: found.singlePoints.map(id => ({ id, kind: kindOf(id) })),
      reportedDown,
      ...effectOf(
        without.map(at => topology.ids[at]),
        found.supply,
      ),
      ...{ parts, neverFails: found.neverFails, paths: found.paths, pathsWithOutage, seed },
      assumes: ASSUMES,
    };
  },
});

const noneOfItself = (id: string) =>
  `query without: '${id}' is what is asked for; name what it lives on`;

/** What of the things that are to be out is in the supply; of the others what may have been meant. */
function effectOf(asked: readonly string[], supply: readonly string[]) {
  const known = new Set(supply);
  return {
    without: asked.filter(id => known.has(id)),
    notInSupply: asked.filter(id => !known.has(id)).map(id => ({ id, like: nearOf(supply, id) })),
  };
}

function knownPlane(text: string): PlaneId {
  const plane = PLANE_IDS.find(id => id === text);
  if (plane) return plane;
  throw new ProblemError(400, `query planes: '${text}' is none of ${PLANE_IDS.join(', ')}`);
}

function noSupply(topology: Topology, entity: number, planes: readonly PlaneId[] = PLANE_IDS) {
  const { ids, kind } = topology;
  const what = `${KINDS[kind[entity]].id} ${ids[entity]}`;
  return `nothing supplies ${what} with ${planes.join(', ')}: ask for a rack or a host, or wire it`;
}

export const availabilityRoutes = [availability];
