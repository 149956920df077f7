/**
 * One thing fails, on a fork: shares move to what is left, and what has no supply left draws
 * nothing. First order only: what trips does not trip others.
 */
import { drawn } from '../closure/losses.ts';
import { partOf } from '../closure/part.ts';
import { type PlaneResults, passHeadroom, planeResults } from '../closure/pass.ts';
import { withoutN1 } from '../place/model.ts';
import type { Scene } from '../place/scene.ts';
import type { State } from '../state/state.ts';
import { KIND_INDEX } from '../tables/kinds.ts';
import { PLANE_IDS, type PlaneId } from '../topology/plane.ts';
import type { Topology } from '../topology/topology.ts';

/** A layer whose load has changed. */
export interface LoadChange {
  readonly plane: PlaneId;
  readonly entity: number;
  readonly before: number;
  readonly after: number;
  readonly limit: number;
}

export interface Failure {
  /** Layers that the failure takes past their limit. */
  readonly trips: readonly LoadChange[];
  /** Layers that were past it already. */
  readonly alreadyOver: readonly LoadChange[];
  /** Layers that carry more than before, the largest increase first. */
  readonly takesOver: readonly LoadChange[];
  /** What lost all supply on a plane, beside what failed itself. */
  readonly unsupplied: readonly { readonly plane: PlaneId; readonly entities: readonly number[] }[];
  /** GPUs that failed or whose host has no power. */
  readonly gpusLost: number;
  /** How long the batteries of UPSs that lost their supply last at the load before, the shortest. */
  readonly rideThroughS: number | undefined;
}

/** What serves, other than the chain that supplies it: a 2N chain may lose parts without harm. */
const LOAD_KINDS: ReadonlySet<number> = new Set(
  (['host', 'rack', 'tor', 'eor', 'spine', 'crah', 'cdu', 'chiller', 'accelerator'] as const).map(
    kind => KIND_INDEX[kind],
  ),
);

export const isLoad = (topology: Topology, entity: number) => LOAD_KINDS.has(topology.kind[entity]);

/** Whether no limit is passed and nothing loses service. */
export const holds = (topology: Topology, { trips, unsupplied, gpusLost }: Failure) =>
  trips.length === 0 &&
  gpusLost === 0 &&
  !unsupplied.some(({ entities }) => entities.some(e => isLoad(topology, e)));

/** Fails an entity and all that it contains. The scene stands on a fork from then on. */
export function* failEntity(scene: Scene, entity: number): Generator<void, Failure> {
  const { topology } = scene.model;
  const state = forkOf(scene);
  const gpusBefore = scene.lost ? countGpus(topology, scene.lost) : 0;
  const lost = scene.lost ?? new Uint8Array(topology.count);
  scene.lost = lost;
  loseWithin(topology, lost, entity);
  const own = Uint8Array.from(lost);
  const changes: LoadChange[] = [];
  const unsupplied: { plane: PlaneId; entities: number[] }[] = [];
  let rideThroughS: number | undefined;
  let gpusLost = 0;
  const planes = { ...state.planes };
  // Power first: what has none cools and switches nothing either.
  for (const id of PLANE_IDS) {
    yield;
    const said = id === 'cooling' ? withHeatOf(topology, state) : state.planes[id].load;
    const result = yield* failPlane(state, id, lost, said);
    planes[id] = result.results;
    const cut = result.off.filter(e => own[e] === 0);
    if (cut.length > 0) unsupplied.push({ plane: id, entities: cut });
    changes.push(...result.changes);
    // What is without cooling runs on for minutes, and is reached; its course tells what becomes of it.
    if (id !== 'power') continue;
    for (const e of result.off) loseWithin(topology, lost, e);
    rideThroughS = rideThrough(topology, cut, result.changes);
    gpusLost = countGpus(topology, lost) - gpusBefore;
  }
  state.planes = planes;
  scene.limitsN1 = withoutN1(scene.model);
  scene.overlay.begin(state, scene.limitsN1);
  const over = changes.filter(c => c.after > c.limit);
  return {
    trips: over.filter(c => c.before <= c.limit),
    alreadyOver: over.filter(c => c.before > c.limit),
    takesOver: changes
      .filter(c => c.after - c.before > 1e-6 * Math.max(1, c.before))
      .sort((a, b) => b.after - b.before - (a.after - a.before)),
    unsupplied,
    gpusLost,
    rideThroughS,
  };
}

/** The fork that the scene stands on, with what was changed so far written into it. */
function forkOf(scene: Scene): State {
  if (scene.state === scene.base.state) {
    const fork = scene.base.state.fork(scene.model.pooledFork);
    const planes = PLANE_IDS.map(id => [id, planeResults(fork, fork.closure.planes[id])] as const);
    fork.planes = Object.fromEntries(planes) as State['planes'];
    scene.model.pooledFork = fork;
    scene.state = fork;
  }
  scene.overlay.writeTo(scene.state);
  return scene.state;
}

/** Marks an entity and all that it contains. */
export function loseWithin(topology: Topology, lost: Uint8Array, entity: number) {
  lost[entity] = 1;
  for (let i = topology.childStart[entity]; i < topology.childStart[entity + 1]; i++) {
    loseWithin(topology, lost, topology.childList[i]);
  }
}

const countGpus = ({ kindStart }: Topology, lost: Uint8Array) =>
  lost
    .subarray(kindStart[KIND_INDEX.gpu], kindStart[KIND_INDEX.gpu + 1])
    .reduce((sum, flag) => sum + flag, 0);

interface PlaneFailure {
  readonly results: PlaneResults;
  /** Entities that are lost or have no supply left. */
  readonly off: readonly number[];
  readonly changes: readonly LoadChange[];
}

/** @param said what each position says it carries, where anything does */
function* failPlane(
  state: State,
  id: PlaneId,
  lost: Uint8Array,
  said: Float64Array,
): Generator<void, PlaneFailure> {
  const r = state.planes[id];
  const { entities } = r.shape.plane;
  const { shares, off } = rewire(r, lost);
  const before = r.load.slice();
  yield;
  const after = loadsAfter(r, shares, off, said);
  yield;
  const results = planeResults(state, r.shape, shares);
  yield;
  const changes: LoadChange[] = [];
  for (let p = 0; p < after.length; p++) {
    r.assumed[p] *= before[p] > 0 ? after[p] / before[p] : 1;
    const change = { before: before[p], after: after[p], limit: r.limit[p] };
    if (change.before !== change.after || change.after > change.limit) {
      changes.push({ plane: id, entity: entities[p], ...change });
    }
  }
  // A meter inside the plane is taken over by what it would show now.
  r.load.set(after);
  yield;
  passHeadroom(results);
  yield;
  // Who takes over after a further loss is another question.
  for (const field of [r.headroomN1, r.slotHeadroom]) field.fill(Number.NaN);
  const dark: number[] = [];
  for (let p = 0; p < off.length; p++) {
    if (off[p] === 0) continue;
    r.headroom[p] = 0;
    dark.push(entities[p]);
  }
  return { results, off: dark, changes };
}

/**
 * Shares after the failure, sources first, and the positions that are lost or without supply.
 * @param lost one byte an entity
 * @param held one byte a position: supplies on where nothing supplies it, as a battery does
 */
export function rewire(r: PlaneResults, lost: Uint8Array, held?: Uint8Array) {
  const { plane } = r.shape;
  const { parentStart, parents, isAccounting, entities } = plane;
  const shares = r.shares.slice();
  const off = new Uint8Array(plane.count);
  for (let p = 0; p < plane.count; p++) {
    let suppliers = 0;
    let alive = 0;
    let total = 0;
    let left = 0;
    for (let e = parentStart[p]; e < parentStart[p + 1]; e++) {
      if (isAccounting[e]) continue;
      suppliers++;
      total += r.shares[e];
      if (off[parents[e]] === 1) continue;
      alive++;
      left += r.shares[e];
    }
    const isCut = suppliers > 0 && alive === 0 && held?.[p] !== 1;
    if (lost[entities[p]] === 1 || isCut) off[p] = 1;
    if (alive === suppliers) continue;
    for (let e = parentStart[p]; e < parentStart[p + 1]; e++) {
      if (isAccounting[e]) continue;
      const share = left > 0 ? (total * shares[e]) / left : total / Math.max(1, alive);
      shares[e] = off[parents[e]] === 1 ? 0 : share;
    }
  }
  return { shares, off };
}

/**
 * Loads after the failure, consumers first. A measured load inside the plane must not stay what it
 * was, so the meter becomes a factor: where less flows it keeps its ratio to the modelled sum, and
 * what comes on top counts in full even where the meter shows less than the sum.
 * @param said by consumers, of what they draw
 */
export function loadsAfter(
  r: PlaneResults,
  shares: Float64Array,
  off: Uint8Array,
  said: Float64Array = r.load,
): Float64Array {
  const { childStart } = r.shape.plane;
  const after = new Float64Array(r.load.length);
  for (let p = after.length - 1; p >= 0; p--) {
    if (off[p] === 1) continue;
    if (childStart[p] === childStart[p + 1]) {
      after[p] = said[p];
      continue;
    }
    const flow = inflow(r, shares, after, p);
    if (r.isOwn[p] === 0) {
      after[p] = flow;
      continue;
    }
    const flowBefore = inflow(r, r.shares, r.load, p);
    const ratio = flowBefore > 0 ? r.load[p] / flowBefore : 1;
    const change = flow - flowBefore;
    after[p] = Math.max(0, r.load[p] + change * (change > 0 ? Math.max(1, ratio) : ratio));
  }
  return after;
}

/** What the consumers of `p` put on it: the sum of share x draw. */
function inflow(r: PlaneResults, shares: Float64Array, load: Float64Array, p: number): number {
  const { childStart, children, childEdges, isAccounting } = r.shape.plane;
  let sum = 0;
  for (let i = childStart[p]; i < childStart[p + 1]; i++) {
    const share = shares[childEdges[i]];
    const child = children[i];
    if (share === 0) continue;
    const isPlain = isAccounting[childEdges[i]] === 1;
    const amount = isPlain ? load[child] : drawn(r.shape.losses, child, load[child]);
    sum += partOf(share, amount, r.shape.grid);
  }
  return sum;
}

/** Heat loads, in which all power that a rack takes in leaves it as heat. */
function withHeatOf(topology: Topology, state: State): Float64Array {
  const { power, cooling } = state.planes;
  const { kindStart, planes } = topology;
  const heatW = cooling.load.slice();
  for (let e = kindStart[KIND_INDEX.rack]; e < kindStart[KIND_INDEX.rack + 1]; e++) {
    const [from, to] = [planes.power.positionOf[e], planes.cooling.positionOf[e]];
    if (from >= 0 && to >= 0) heatW[to] = power.load[from];
  }
  return heatW;
}

function rideThrough(
  topology: Topology,
  cut: readonly number[],
  changes: readonly LoadChange[],
): number | undefined {
  const energyJ = new Map<number, number>();
  for (const e of cut) {
    const ofClass = topology.classes[topology.classIndex[e]]?.figures.batteryJ?.value;
    if (topology.kind[e] === KIND_INDEX.ups && ofClass !== undefined) energyJ.set(e, ofClass);
  }
  let least = Number.POSITIVE_INFINITY;
  for (const { entity, before } of changes) {
    const J = energyJ.get(entity);
    if (J !== undefined && before > 0) least = Math.min(least, J / before);
  }
  return Number.isFinite(least) ? least : undefined;
}
