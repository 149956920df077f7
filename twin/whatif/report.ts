/** Outcomes of changes in the words of the answer. */
import type { Layer } from '../closure/explain.ts';
import type { Candidates } from '../place/candidates.ts';
import type { Blocked } from '../place/fill.ts';
import { capacityRow, marginRows, planeOf } from '../place/model.ts';
import { type GangNeed, gpusOf } from '../place/need.ts';
import type { Scene } from '../place/scene.ts';
import { KINDS } from '../tables/kinds.ts';
import { PLANE_UNITS } from '../tables/planes.ts';
import { ancestorOfKind } from '../topology/walk.ts';
import { type Binding, type ChangeAnswer, finite, type SHORTAGES } from './answer.ts';
import { type Failure, isLoad, type LoadChange } from './fail.ts';
import type { Placed } from './place.ts';

type Shortage = (typeof SHORTAGES)[number];

export const NOTHING = {
  gpuClass: null,
  gpuCount: null,
  where: [],
  topologyLevel: null,
  shortOf: null,
  binding: null,
  chain: [],
  instead: null,
  excluded: [],
  job: null,
  fail: null,
} satisfies Partial<ChangeAnswer>;

type PlacedAnswer = Omit<ChangeAnswer, 'change' | 'target' | 'fail'>;

export function placedAnswer(scene: Scene, placed: Placed): PlacedAnswer {
  const { topology } = scene.model;
  const { candidates, need, result } = placed;
  const common = {
    gpuClass: topology.classes[candidates.gpuClass].id,
    gpuCount: gpusOf(need),
    excluded: [...candidates.excluded].map(([why, tally]) => ({ why, ...tally })),
  };
  if (result.fits) {
    return {
      ...NOTHING,
      ...common,
      fits: true,
      verdict: 'fits',
      where: result.taken.map(taken => whereOf(scene, placed, taken)),
      topologyLevel: result.level ?? null,
    };
  }
  const shortOf = shortageOf(candidates, need, result.blocked);
  const isLoad = shortOf === 'power' || shortOf === 'cooling' || shortOf === 'redundancy';
  const [most] = result.blocked;
  return {
    ...NOTHING,
    ...common,
    fits: false,
    verdict: 'refused',
    shortOf,
    binding: isLoad ? loadBinding(scene, need, most) : gpuBinding(scene, placed),
    chain: isLoad ? chainAnswer(scene, result.chain) : [],
    instead: {
      gpus: result.gpus,
      under: placed.elsewhere === undefined ? null : topology.ids[placed.elsewhere],
    },
  };
}

function whereOf(
  scene: Scene,
  placed: Placed,
  taken: Placed['result']['taken'][number],
): ChangeAnswer['where'][number] {
  const { topology, hosts } = scene.model;
  const host = hosts.firstHost + taken.host;
  const row = ancestorOfKind(topology, host, 'row');
  const rack = ancestorOfKind(topology, host, 'rack');
  const gpus = placed.gpus.get(taken.host);
  return {
    host: topology.ids[host],
    rack: topology.ids[rack] ?? null,
    row: topology.ids[row] ?? null,
    gpuCount: taken.gpus,
    ...(gpus ? { gpus: gpus.map(gpu => topology.ids[gpu]) } : {}),
    addedPowerW: taken.addedW,
  };
}

/** Which resource there was too little of. */
function shortageOf(candidates: Candidates, need: GangNeed, blocked: readonly Blocked[]): Shortage {
  const wanted = gpusOf(need);
  if (candidates.freeGpus < wanted) {
    const leftOut = [...candidates.excluded.values()].reduce((sum, tally) => sum + tally.gpus, 0);
    return candidates.freeGpus + leftOut >= wanted ? 'unschedulable' : 'gpus';
  }
  if (blocked.length === 0) return 'fragmentation';
  const [{ violation }] = blocked;
  if (violation.slot >= 0) return 'redundancy';
  return violation.plane === 'cooling' ? 'cooling' : 'power';
}

function loadBinding(scene: Scene, need: GangNeed, { violation, pods }: Blocked): Binding {
  const { model } = scene;
  const { topology } = model;
  const plane = violation.plane === 'cooling' ? 'cooling' : 'power';
  const { shape } = planeOf(plane, model.overlay);
  const entity = shape.plane.entities[violation.position];
  const hardN1 = marginRows(model.limits, plane, true);
  const isN1 = violation.slot >= 0;
  const row = isN1
    ? hardN1.find(limit => limit.kind === topology.kind[entity])
    : capacityRow(model, plane, entity);
  const loss = isN1 ? shape.redundancy.loss[violation.slot] : -1;
  return {
    limit: row?.row.id ?? 'unknown',
    title: row?.row.title ?? '',
    entity: topology.ids[entity],
    kind: KINDS[topology.kind[entity]].id,
    plane,
    unit: PLANE_UNITS[plane],
    load: violation.before,
    loadAfter: violation.after,
    value: violation.limit,
    loss: loss < 0 ? null : topology.ids[shape.plane.entities[loss]],
    gpusKeptOut: pods * need.groups[0].gpus,
  };
}

function gpuBinding(scene: Scene, { candidates, need, usableGpus }: Placed): Binding {
  const { topology } = scene.model;
  const used = candidates.totalGpus - candidates.freeGpus;
  const isScattered = candidates.freeGpus >= gpusOf(need) && need.groups[0].gpus > 1;
  return {
    limit: 'freeGpus',
    title: isScattered ? 'Free GPUs on one host' : 'Free GPUs',
    entity: topology.ids[candidates.scope],
    kind: KINDS[topology.kind[candidates.scope]].id,
    plane: 'gpus',
    unit: 'Count',
    load: used,
    loadAfter: used + gpusOf(need),
    value: candidates.totalGpus,
    loss: null,
    gpusKeptOut: gpusOf(need) - usableGpus,
  };
}

function chainAnswer(scene: Scene, chain: readonly Layer[]): ChangeAnswer['chain'] {
  const { topology } = scene.model;
  return chain.map(({ entity, share, load, limit }) => ({
    id: topology.ids[entity],
    kind: KINDS[topology.kind[entity]].id,
    share,
    load,
    limit: finite(limit),
    headroom: finite(limit - load),
  }));
}

const MAX_CHANGES = 50;
const MAX_IDS = 100;

export function failAnswer(
  scene: Scene,
  entity: number,
  failure: Failure,
): NonNullable<ChangeAnswer['fail']> {
  const { topology } = scene.model;
  const list = (changes: readonly LoadChange[]) =>
    changes.slice(0, MAX_CHANGES).map(change => ({
      plane: change.plane,
      id: topology.ids[change.entity],
      kind: KINDS[topology.kind[change.entity]].id,
      unit: PLANE_UNITS[change.plane],
      before: change.before,
      after: change.after,
      limit: finite(change.limit),
      limitId: capacityRow(scene.model, change.plane, change.entity)?.row.id ?? null,
    }));
  return {
    entity: topology.ids[entity],
    trips: list(failure.trips),
    alreadyOver: list(failure.alreadyOver),
    takesOver: list(failure.takesOver),
    unsupplied: failure.unsupplied.map(({ plane, entities }) => ({
      plane,
      counts: countsOf(scene, entities),
      loads: entities
        .filter(e => isLoad(topology, e))
        .sort((a, b) => a - b)
        .slice(0, MAX_IDS)
        .map(e => topology.ids[e]),
    })),
    gpusLost: failure.gpusLost,
    rideThroughS: failure.rideThroughS ?? null,
  };
}

function countsOf(scene: Scene, entities: readonly number[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const e of entities) {
    const kind = KINDS[scene.model.topology.kind[e]].id;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
