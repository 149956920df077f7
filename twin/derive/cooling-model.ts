/**
 * Power of cooling units that no meter reports: their heat over the COP of their class.
 *
 * The fuller models of `physics/energy` are no substitute: they ask for water, wet bulb and supply
 * temperatures that a live site seldom reports, and for CRACs and chillers only, while most units
 * here are CRAHs and CDUs, whose power is that of fans and pumps.
 */
import type { Marks } from '../state/marks.ts';
import { MEASURED, MODELLED } from '../state/quality.ts';
import type { State } from '../state/state.ts';
import { signalIndex } from '../tables/signals.ts';
import { entitiesOfKind } from '../topology/walk.ts';
import { COOLING_KINDS } from './facility.ts';

const POWER = signalIndex('powerW');

export interface CoolingUnit {
  readonly entity: number;
  /** Position in the cooling plane. */
  readonly position: number;
  /** Heat moved over electric power, at full load. */
  readonly copRatio: number;
}

/** Also makes the columns the model writes to, for the kinds that exist. */
export function planCoolingModel(state: State): readonly CoolingUnit[] {
  const { topology } = state;
  const units = COOLING_KINDS.flatMap(kind => entitiesOfKind(topology, kind)).map(entity => ({
    entity,
    position: topology.planes.cooling.positionOf[entity],
    copRatio: topology.classes[topology.classIndex[entity]]?.figures.copRatio?.value ?? Number.NaN,
  }));
  for (const { entity } of units) state.ensureColumn(POWER, topology.kind[entity]);
  return units.filter(unit => unit.position >= 0 && unit.copRatio > 0);
}

/**
 * Writes `heat / COP`, W, where no current meter speaks. The power plane takes it in at the next
 * tick: heat follows from power, so one of the two has to come first.
 */
export function modelCooling(state: State, marks: Marks, units: readonly CoolingUnit[]) {
  const { load, evidenceAtMs } = state.planes.cooling;
  for (const { entity, position, copRatio } of units) {
    const cell = state.cellOf(POWER, entity);
    if (state.quality[cell] === MEASURED) continue;
    const powerW = load[position] / copRatio;
    if (state.valueAt(cell) === powerW && state.quality[cell] === MODELLED) continue;
    marks.set(cell, powerW, evidenceAtMs[position], MODELLED);
    marks.entity(entity);
  }
}
