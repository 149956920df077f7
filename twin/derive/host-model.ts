/** Fills in the power of hosts that no meter reports; marked as modelled. */

import { type HostPowerModel, hostPowerModel, hostPowerW } from '../physics/host-power.ts';
import type { Marks } from '../state/marks.ts';
import { MISSING, MODELLED, STALE } from '../state/quality.ts';
import type { State } from '../state/state.ts';
import { KIND_INDEX } from '../tables/kinds.ts';
import { signalIndex } from '../tables/signals.ts';

const POWER = signalIndex('powerW');
const GPU_POWER = signalIndex('gpuPowerW');
const CPU_UTIL = signalIndex('cpuUtilRatio');

const MODELLED_KINDS: ReadonlySet<number> = new Set(
  (['host', 'tor', 'eor', 'spine'] as const).map(kind => KIND_INDEX[kind]),
);

/**
 * Power of a host, W, as calibration has learned it; NaN where it has learned nothing.
 * @param cpuUtilRatio NaN where it is not known
 */
export type LearnedPower = (entity: number, gpuPowerW: number, cpuUtilRatio: number) => number;

interface HostPowers {
  readonly models: HostModels;
  readonly learned: LearnedPower | undefined;
}

/** Model of each class, in the order of `topology.classes`. */
export type HostModels = readonly (HostPowerModel | undefined)[];

/** Also makes the columns the models write to, for the kinds that exist. */
export function planHostModels(state: State): HostModels {
  const { topology } = state;
  for (const kind of MODELLED_KINDS) {
    if (topology.kindStart[kind] < topology.kindStart[kind + 1]) state.ensureColumn(POWER, kind);
  }
  const byId = new Map(topology.classes.map(row => [row.id, row]));
  return topology.classes.map(row => hostPowerModel(row, id => byId.get(id)));
}

/**
 * Where no current meter speaks: from the power of the host's GPUs, by what was learned or else by
 * the class; where they are silent too, the
 * nameplate (of a switch as well), with no time, since nothing live stands behind it.
 */
export function modelHost(
  state: State,
  marks: Marks,
  { models, learned }: HostPowers,
  entity: number,
) {
  const kind = state.topology.kind[entity];
  if (!MODELLED_KINDS.has(kind)) return;
  const cell = state.cellOf(POWER, entity);
  const model = models[state.topology.classIndex[entity]];
  if (cell < 0 || !model || state.quality[cell] > STALE) return;
  const gpus = state.cellOf(GPU_POWER, entity);
  if (gpus >= 0 && model.gpuCount > 0 && state.quality[gpus] > STALE) {
    const gpuPowerW = state.valueAt(gpus);
    const learnedW = learned?.(entity, gpuPowerW, cpuLoadOf(state, entity)) ?? Number.NaN;
    const powerW = Number.isNaN(learnedW) ? hostPowerW(model, gpuPowerW) : learnedW;
    marks.set(cell, powerW, state.timeAt(gpus), MODELLED);
  } else if (state.quality[cell] === MISSING) {
    marks.set(cell, model.powerMaxW, Number.NaN, MODELLED);
  }
}

/** NaN where nothing current says it. */
function cpuLoadOf(state: State, host: number): number {
  const cell = state.cellOf(CPU_UTIL, host);
  return cell >= 0 && state.quality[cell] > STALE ? state.valueAt(cell) : Number.NaN;
}
