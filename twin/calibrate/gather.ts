/**
 * Reads one input of a model for a range of entities into flat arrays: values and event times. One
 * loop a kind of place, so that the loops over a hundred thousand hosts stay simple.
 *
 * A value that is absent is NaN with time NaN; one that has gone stale is NaN with time -Infinity.
 */
import { MISSING, MODELLED, STALE } from '../state/quality.ts';
import type { State } from '../state/state.ts';
import { fieldAt, VIRTUAL } from '../state/virtual.ts';
import { KIND_COUNT, KIND_INDEX } from '../tables/kinds.ts';
import type { ModelInput } from '../tables/physics/calibrated-row.ts';
import { signalIndex } from '../tables/signals.ts';
import type { Topology } from '../topology/topology.ts';
import { gatherGpuMeans } from './gather-energy.ts';

export interface Gathered {
  readonly values: Float64Array;
  readonly timesMs: Float64Array;
}

/** Entities in storage order: the `from`-th to before the `to`-th of the model's kind. */
interface GatherRange {
  readonly firstEntity: number;
  readonly from: number;
  readonly to: number;
}

export type Gather = (state: State, range: GatherRange, out: Gathered) => void;

/** The first current measuring point of each entity; what a model made is no measurement. */
export function gatherTargets(signals: readonly string[], kind: number): Gather {
  const indices = signals.map(signalIndex);
  return (state, { firstEntity, from, to }, out) => {
    out.values.fill(Number.NaN, 0, to - from);
    out.timesMs.fill(Number.NaN, 0, to - from);
    for (let s = indices.length - 1; s >= 0; s--) {
      const base = state.cellBase[indices[s] * KIND_COUNT + kind];
      if (Number.isNaN(base)) continue;
      for (let i = from; i < to; i++) {
        const cell = base + firstEntity + i;
        if (state.quality[cell] <= MODELLED) continue;
        out.values[i - from] = state.values[cell];
        out.timesMs[i - from] = state.timeAt(cell);
      }
    }
  };
}

/** @param kind of the model's entities, as an index into `KINDS` */
export function gatherInput(topology: Topology, input: ModelInput, kind: number): Gather {
  const signal = signalIndex(input.signal);
  if (input.isMeanOfGpus) return gatherGpuMeans(topology, gatherOwn(signal, kind));
  if (input.at === 'self') return gatherOwn(signal, kind);
  const first = topology.kindStart[kind];
  const count = topology.kindStart[kind + 1] - first;
  const around = KIND_INDEX[input.at === 'host' ? 'host' : 'rack'];
  const containers = Int32Array.from({ length: count }, (_, i) =>
    containerOf(topology, first + i, around),
  );
  if (input.at === 'supply') return gatherSupply(signal, containers);
  const virtual = VIRTUAL[signal];
  if (virtual) {
    return (state, { from, to }, out) => {
      const results = state.planes[virtual.plane];
      const { positionOf } = results.shape.plane;
      for (let i = from; i < to; i++) {
        const position = containers[i] < 0 ? -1 : positionOf[containers[i]];
        out.values[i - from] =
          position < 0 ? Number.NaN : fieldAt(results, virtual.field, position);
        out.timesMs[i - from] = position < 0 ? Number.NaN : results.evidenceAtMs[position];
      }
    };
  }
  return (state, { from, to }, out) => {
    const base = state.cellBase[signal * KIND_COUNT + around];
    for (let i = from; i < to; i++) {
      const isKnown = containers[i] >= 0 && !Number.isNaN(base);
      readCell(state, isKnown ? base + containers[i] : -1, out, i - from);
    }
  };
}

const containerOf = ({ parent, kind }: Topology, entity: number, wanted: number) => {
  let at = entity;
  while (at >= 0 && kind[at] !== wanted) at = parent[at];
  return at;
};

function gatherOwn(signal: number, kind: number): Gather {
  return (state, { firstEntity, from, to }, out) => {
    const base = state.cellBase[signal * KIND_COUNT + kind];
    const first = Number.isNaN(base) ? -1 : base + firstEntity;
    for (let i = from; i < to; i++) readCell(state, first < 0 ? -1 : first + i, out, i - from);
  };
}

function readCell(state: State, cell: number, out: Gathered, at: number) {
  const quality = cell < 0 ? MISSING : state.quality[cell];
  out.values[at] = quality > STALE ? state.values[cell] : Number.NaN;
  if (quality > STALE) out.timesMs[at] = state.timeAt(cell);
  else out.timesMs[at] = quality === MISSING ? Number.NaN : Number.NEGATIVE_INFINITY;
}

/** Mean over the units of the cooling plane that a rack's heat goes to, weighted by its shares. */
function gatherSupply(signal: number, racks: Int32Array): Gather {
  return (state, { from, to }, out) => {
    const { plane } = state.closure.planes.cooling;
    for (let i = from; i < to; i++) {
      const position = racks[i] < 0 ? -1 : plane.positionOf[racks[i]];
      supplyOf(state, signal, position, { out, at: i - from });
    }
  };
}

interface Place {
  readonly out: Gathered;
  readonly at: number;
}

function supplyOf(state: State, signal: number, position: number, { out, at }: Place) {
  const { plane } = state.closure.planes.cooling;
  let sum = 0;
  let weight = 0;
  let oldestMs = Number.POSITIVE_INFINITY;
  const end = position < 0 ? 0 : plane.parentStart[position + 1];
  for (let p = position < 0 ? 0 : plane.parentStart[position]; p < end; p++) {
    const unit = plane.entities[plane.parents[p]];
    // Rooms are in the plane too, and a CDU supplies water: the air comes from CRAHs.
    if (state.topology.kind[unit] !== KIND_INDEX.crah) continue;
    const cell = state.cellOf(signal, unit);
    if (cell < 0 || state.quality[cell] <= STALE) continue;
    sum += plane.shares[p] * state.values[cell];
    weight += plane.shares[p];
    oldestMs = Math.min(oldestMs, state.timeAt(cell));
  }
  out.values[at] = weight > 0 ? sum / weight : Number.NaN;
  out.timesMs[at] = weight > 0 ? oldestMs : Number.NaN;
}
