/** What a question is asked of: a published state, or a fork of it, and the changes made so far. */
import { planeResults } from '../closure/pass.ts';
import type { Breach } from '../limits/judge.ts';
import type { LimitTable } from '../limits/thresholds.ts';
import type { Parts } from '../parts.ts';
import type { State } from '../state/state.ts';
import { PLANE_IDS } from '../topology/plane.ts';
import { ownModel, type PlaceModel, placeModel } from './model.ts';
import type { LimitsN1, Overlay } from './overlay.ts';

/** A twin is one; so is any past state with its limits. */
export interface PlaceBase {
  readonly state: State;
  readonly limits: LimitTable;
  /** Breaches now: a host on which a hard limit is passed takes nothing new. */
  readonly judge?: { readonly breaches: ReadonlyMap<number, Breach> };
}

export interface Scene {
  readonly base: PlaceBase;
  readonly model: PlaceModel;
  /** The published state until something fails, then a fork. Never written to before that. */
  state: State;
  readonly overlay: Overlay;
  limitsN1: LimitsN1;
  /** GPUs that earlier changes of the question have taken, by place in the host table. */
  readonly takenGpus: Map<number, number>;
  /** Hosts that take nothing any more, and why. */
  readonly barred: Map<number, 'drained' | 'failed'>;
  /** One byte an entity: failed, or without supply; undefined while nothing has failed. */
  lost: Uint8Array | undefined;
}

/**
 * A scene that may be left for a while: on a copy of the state, with nothing that others use. The
 * copy is made in one go, of the state as it is once there is room for it.
 */
export function* openOwnScene(base: PlaceBase): Parts<Scene> {
  const { state, limits } = base;
  const copy = state.fork(yield* state.roomForFork());
  const planes = PLANE_IDS.map(id => [id, planeResults(copy, copy.closure.planes[id])] as const);
  copy.planes = Object.fromEntries(planes) as State['planes'];
  const shared = placeModel(state, limits);
  return sceneOf({ ...base, state: copy }, ownModel(shared, copy));
}

export function openScene(base: PlaceBase): Scene {
  return sceneOf(base, placeModel(base.state, base.limits));
}

function sceneOf(base: PlaceBase, model: PlaceModel): Scene {
  model.overlay.begin(base.state, model.hardN1);
  return {
    base,
    model,
    state: base.state,
    overlay: model.overlay,
    limitsN1: model.hardN1,
    takenGpus: new Map(),
    barred: new Map(),
    lost: undefined,
  };
}
