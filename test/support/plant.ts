/** The simulated plant as tests drive it: started at one instant, run by the second. */
import {
  advanceTo,
  createSimulation,
  type Simulation,
  type SimulationOptions,
} from '../../scenarios/plant/simulation.ts';
import { type PlantSite, smallSite } from '../../scenarios/plant/site.ts';

/** Monday noon, UTC. */
export const PLANT_START_MS = Date.UTC(2026, 0, 5, 12);

type Options = Omit<SimulationOptions, 'startMs'> & { readonly site?: PlantSite };

export const createPlant = ({ site = smallSite(), ...options }: Options = {}): Simulation =>
  createSimulation(site, { ...options, startMs: PLANT_START_MS });

/** @returns seconds that are missing when no more than `mostSteps` steps are allowed */
export const runPlant = (simulation: Simulation, seconds: number, mostSteps = 1e9): number =>
  advanceTo(simulation, simulation.startMs + (simulation.state.nowS + seconds) * 1000, mostSteps);

/** Racks of one row, all of them on the loop of `cdu-1`. */
export function liquidSite(racksPerRow: number, seed = 1): PlantSite {
  const base = smallSite({ gpuClass: 'b200', racksPerRow, seed });
  const racks = base.racks.map(rack => ({ ...rack, cdu: 'cdu-1' }));
  return { ...base, racks, cdus: [{ id: 'cdu-1' }] };
}

export const total = (column: Iterable<number>) =>
  [...column].reduce((sum, value) => sum + value, 0);

export const hottest = (column: Float64Array) => column.reduce((a, b) => Math.max(a, b));
