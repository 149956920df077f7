/** Placing a gang in a scene. */
import {
  type Candidates,
  findCandidates,
  freeGpuEntities,
  gpuClassesIn,
} from '../place/candidates.ts';
import { type GangResult, placeGang } from '../place/gang.ts';
import { findGpuClass, isOfVendor } from '../place/gpu-class.ts';
import { type GangNeed, gpusOf, podsIn } from '../place/need.ts';
import type { Scene } from '../place/scene.ts';
import { KIND_INDEX, type Kind } from '../tables/kinds.ts';
import type { Parsed } from '../topology/problem.ts';
import type { PlaceSpec } from './request.ts';

/** A gang that found a place: GPUs by host where it is known which are free. */
export interface Placed {
  readonly candidates: Candidates;
  readonly need: GangNeed;
  readonly result: GangResult;
  /** Free GPUs that the gang gets, by place in the host table; absent where nothing tells. */
  readonly gpus: ReadonlyMap<number, readonly number[]>;
  readonly usableGpus: number;
  /** Domain outside the asked one in which all of a refused gang would fit. */
  readonly elsewhere: number | undefined;
}

const SCOPES: readonly Kind[] = ['site', 'hall', 'row', 'rack', 'host'];

/** Tries a gang; its load and its GPUs stay taken in the scene when it fits. */
export function placeIn(scene: Scene, spec: PlaceSpec): Parsed<Placed> {
  const { topology } = scene.model;
  const scope = spec.under === undefined ? 0 : topology.indexOf(spec.under);
  if (scope < 0 || !SCOPES.some(kind => KIND_INDEX[kind] === topology.kind[scope])) {
    const message = `'${spec.under}' is no ${SCOPES.join(', ')} of this site`;
    const hint = scope < 0 ? { unknownId: spec.under } : {};
    return { ok: false, problems: [{ path: ['place', 'under'], message, ...hint }] };
  }
  const classes = classesFor(scene, spec, scope);
  if (!classes.ok) return classes;
  const need = needOf(spec);
  let best: Placed | undefined;
  for (const gpuClass of classes.value) {
    const placed = tryClass(scene, gpuClass, scope, need);
    if (placed.result.fits) return { ok: true, value: keep(scene, placed) };
    if (!best || placed.result.gpus > best.result.gpus) best = placed;
  }
  if (!best) return problem('gpuClass', 'there are no such GPUs here');
  return { ok: true, value: { ...best, elsewhere: elsewhere(scene, best, scope) } };
}

const problem = (field: string, message: string): Parsed<never> => ({
  ok: false,
  problems: [{ path: ['place', field], message }],
});

function classesFor(scene: Scene, spec: PlaceSpec, scope: number): Parsed<readonly number[]> {
  const { classes } = scene.model.topology;
  const here = gpuClassesIn(scene, scope);
  if (spec.gpuClass === undefined) {
    const { vendor } = spec;
    const fitting = here.filter(c => vendor === undefined || isOfVendor(classes[c], vendor));
    if (fitting.length > 0) return { ok: true, value: fitting };
    return problem('vendor', `there are no ${vendor ?? ''} GPUs in this scope`.replace('  ', ' '));
  }
  const found = findGpuClass(spec.gpuClass, classes);
  if (here.includes(found)) return { ok: true, value: [found] };
  const known = here.map(c => classes[c].id).join(', ');
  const what = found < 0 ? 'no known GPU class' : 'a GPU class that does not stand in this scope';
  return problem('gpuClass', `'${spec.gpuClass}' is ${what}; there are: ${known || 'no GPUs'}`);
}

function needOf(spec: PlaceSpec): GangNeed {
  const groups = spec.pods ?? [{ count: spec.gpus / (spec.perHost ?? 1), gpus: spec.perHost ?? 1 }];
  return {
    groups: [...groups].sort((a, b) => b.gpus - a.gpus),
    onePerHost: spec.perHost !== undefined,
    spread: spec.spread ?? 'pack',
  };
}

/** One search; on a fit its load stays on the overlay, but no GPUs are noted as taken. */
export function tryClass(scene: Scene, gpuClass: number, scope: number, need: GangNeed): Placed {
  const candidates = findCandidates(scene, gpuClass, scope);
  const result = placeGang(scene, candidates, need);
  const usableGpus = result.fits ? gpusOf(need) : usable(candidates, need);
  return { candidates, need, result, usableGpus, gpus: new Map(), elsewhere: undefined };
}

/** GPUs of the gang that could be had, if they alone counted, by pods of its largest size. */
function usable({ free, list }: Candidates, need: GangNeed): number {
  const [{ gpus }] = need.groups;
  let sum = 0;
  for (const i of list) sum += gpus * podsIn(free[i], gpus, need.onePerHost);
  return Math.min(sum, gpusOf(need));
}

/** Notes the GPUs as taken, and names them where it is known which are free. */
export function keep(scene: Scene, placed: Placed): Placed {
  const { hosts } = scene.model;
  const gpus = new Map<number, number[]>();
  for (const taken of placed.result.taken) {
    const before = scene.takenGpus.get(taken.host) ?? 0;
    const isWhole = before === 0 && taken.gpus === hosts.gpuCount[taken.host];
    if (isWhole) gpus.set(taken.host, range(hosts.firstGpu[taken.host], taken.gpus));
    const free = isWhole ? undefined : freeGpuEntities(scene, taken.host);
    if (free && free.length >= before + taken.gpus) {
      gpus.set(taken.host, closest(scene, taken.host, free.slice(before), taken.gpus));
    }
    scene.takenGpus.set(taken.host, before + taken.gpus);
  }
  return { ...placed, gpus };
}

const range = (first: number, count: number) => Array.from({ length: count }, (_, n) => first + n);

/** Of the free GPUs of a host those of the smallest NVLink island that holds all, else the first. */
function closest(scene: Scene, i: number, free: readonly number[], count: number): number[] {
  const { hosts, topology } = scene.model;
  const islands = topology.fabric
    .islands(hosts.firstHost + i)
    .map(island => island.filter(gpu => free.includes(gpu)))
    .filter(island => island.length >= count)
    .sort((a, b) => a.length - b.length);
  return (islands[0] ?? free).slice(0, count);
}

/** Whether a refused gang would fit when it were not held to a scope; nothing stays taken. */
function elsewhere(scene: Scene, refused: Placed, scope: number): number | undefined {
  if (scene.model.topology.parent[scope] < 0) return undefined;
  const mark = scene.overlay.mark();
  const placed = tryClass(scene, refused.candidates.gpuClass, 0, refused.need);
  scene.overlay.undo(mark);
  return placed.result.fits ? placed.result.domain : undefined;
}
