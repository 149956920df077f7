/** Distances: over the earth between sites, and in time over the network between hosts. */
import { CONSTANTS } from '../tables/constants.ts';
import type { Plane } from './plane.ts';
import type { Topology } from './topology.ts';

export interface Place {
  readonly latDeg: number;
  readonly lonDeg: number;
}

/** Mean radius of the earth (IUGG), m. */
const EARTH_RADIUS_M = 6_371_008.8;
const RADIANS = Math.PI / 180;

/** Great-circle distance by the haversine formula, m. */
export function distanceM(a: Place, b: Place): number {
  const lat = Math.sin(((b.latDeg - a.latDeg) * RADIANS) / 2) ** 2;
  const lon = Math.sin(((b.lonDeg - a.lonDeg) * RADIANS) / 2) ** 2;
  const h = lat + Math.cos(a.latDeg * RADIANS) * Math.cos(b.latDeg * RADIANS) * lon;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

interface NetworkPath {
  /** From one host over switches to the other, as dense entity indices. */
  readonly entities: readonly number[];
  readonly lengthM: number;
  /** One way: the hops of the switches and 5 us a km of cable. */
  readonly latencyS: number;
}

/** @returns the shortest path over the network plane, or undefined when there is none. */
export function networkPath(topology: Topology, from: number, to: number): NetworkPath | undefined {
  const plane = topology.planes.network;
  const up = climb(plane, plane.positionOf[from]);
  const down = climb(plane, plane.positionOf[to]);
  let best: { at: number; hops: number } | undefined;
  for (const [at, { hops }] of up) {
    const other = down.get(at);
    if (other && (!best || hops + other.hops < best.hops)) best = { at, hops: hops + other.hops };
  }
  if (!best) return undefined;
  const rise = trail(up, best.at);
  const fall = trail(down, best.at);
  const steps = [...rise.toReversed(), ...fall.slice(1)];
  const entities = steps.map(step => plane.entities[step.position]);
  const lengthM = [...rise, ...fall].reduce((sum, step) => sum + step.lengthM, 0);
  const hopS = entities.reduce((sum, entity) => sum + hopLatencyS(topology, entity), 0);
  return { entities, lengthM, latencyS: hopS + lengthM * CONSTANTS.fibreLatencySPerM.value };
}

interface Step {
  readonly position: number;
  /** Where the climb came from; -1 at its start. */
  readonly from: number;
  /** Cable between the two. */
  readonly lengthM: number;
  readonly hops: number;
}

/** Everything upstream of a position, each by its shortest way. */
function climb(plane: Plane, start: number): Map<number, Step> {
  const reached = new Map<number, Step>();
  if (start < 0) return reached;
  reached.set(start, { position: start, from: -1, lengthM: 0, hops: 0 });
  for (const [at, { hops }] of reached) {
    for (let e = plane.parentStart[at]; e < plane.parentStart[at + 1]; e++) {
      const parent = plane.parents[e];
      if (reached.has(parent)) continue;
      reached.set(parent, {
        position: parent,
        from: at,
        lengthM: plane.lengthsM[e],
        hops: hops + 1,
      });
    }
  }
  return reached;
}

/** From the top of a climb back to its start. */
function trail(reached: ReadonlyMap<number, Step>, top: number): Step[] {
  const steps: Step[] = [];
  for (let at = reached.get(top); at; at = reached.get(at.from)) steps.push(at);
  return steps;
}

const hopLatencyS = (topology: Topology, entity: number) =>
  topology.classes[topology.classIndex[entity]]?.figures.hopLatencyS?.value ?? 0;
