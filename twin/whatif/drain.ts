/** Emptying a host in a scene: what runs there needs another place. */
import type { GangNeed } from '../place/need.ts';
import type { Scene } from '../place/scene.ts';
import { MISSING } from '../state/quality.ts';
import type { State } from '../state/state.ts';
import { signalIndex } from '../tables/signals.ts';
import { keep, type Placed, tryClass } from './place.ts';

/** A host that is emptied: how many of its GPUs are in use, and where they go. */
export interface Drained {
  readonly gpus: number;
  readonly source: 'scheduler' | 'allocatedFlags' | 'assumedBusy';
  /** Change of the host's power, W; undefined where its idle power is unknown. */
  readonly reliefW: number | undefined;
  /** The new place; undefined when nothing has to move. */
  readonly placed: Placed | undefined;
}

/** Empties a host: its power falls to idle, and as many GPUs are asked for elsewhere, as one gang. */
export function drainIn(scene: Scene, host: number): Drained {
  const { overlay, model } = scene;
  const { hosts } = model;
  const i = host - hosts.firstHost;
  const { gpus, source } = usedGpus(scene.state, scene, i);
  const mark = overlay.mark();
  const reliefW = relief(scene, i);
  if (reliefW !== undefined) overlay.addHost(i, reliefW);
  const barredBefore = scene.barred.get(i);
  scene.barred.set(i, 'drained');
  if (gpus === 0) return { gpus, source, reliefW, placed: undefined };
  const groups = [{ count: gpus, gpus: 1 }];
  const need: GangNeed = { groups, onePerHost: false, spread: 'pack' };
  const placed = tryClass(scene, hosts.gpuClass[i], 0, need);
  if (placed.result.fits) return { gpus, source, reliefW, placed: keep(scene, placed) };
  overlay.undo(mark);
  if (barredBefore === undefined) scene.barred.delete(i);
  return { gpus, source, reliefW, placed };
}

function relief(scene: Scene, i: number): number | undefined {
  const { idleW, powerPosition } = scene.model.hosts;
  if (powerPosition[i] < 0 || Number.isNaN(idleW[i])) return undefined;
  return Math.min(0, idleW[i] - scene.overlay.power.load(powerPosition[i]));
}

function usedGpus(state: State, scene: Scene, i: number): Pick<Drained, 'gpus' | 'source'> {
  const { hosts } = scene.model;
  const counted = state.cellOf(signalIndex('gpusAllocatedCount'), hosts.firstHost + i);
  const taken = scene.takenGpus.get(i) ?? 0;
  if (counted >= 0 && state.quality[counted] !== MISSING) {
    return { gpus: Math.round(state.valueAt(counted)) + taken, source: 'scheduler' };
  }
  const flags = Array.from({ length: hosts.gpuCount[i] }, (_, n) =>
    state.cellOf(signalIndex('gpuAllocatedFlag'), hosts.firstGpu[i] + n),
  ).filter(cell => cell >= 0 && state.quality[cell] !== MISSING);
  if (flags.length === 0) return { gpus: hosts.gpuCount[i], source: 'assumedBusy' };
  const used = flags.reduce((sum, cell) => sum + state.valueAt(cell), 0);
  return { gpus: used + taken, source: 'allocatedFlags' };
}
