/** Changes of host power laid over a state: the power plane, and its heat on the cooling plane. */
import type { PlaneResults } from '../closure/pass.ts';
import type { ClosureShape } from '../closure/shape.ts';
import type { State } from '../state/state.ts';
import type { HostTable } from './host-table.ts';
import { type Mark, PlaneOverlay, type Violation } from './plane-overlay.ts';

/** Bounds on load with the extra of any single loss, by position; Infinity where not demanded. */
export interface LimitsN1 {
  readonly power: Float64Array;
  readonly cooling: Float64Array;
}

export interface OverlayMark {
  readonly power: Mark;
  readonly cooling: Mark;
}

export class Overlay {
  readonly power: PlaneOverlay;
  readonly cooling: PlaneOverlay;
  readonly #hosts: HostTable;

  constructor(closure: ClosureShape, hosts: HostTable) {
    this.power = new PlaneOverlay(closure.planes.power);
    this.cooling = new PlaneOverlay(closure.planes.cooling);
    this.#hosts = hosts;
  }

  /** Starts over on the results of a state of the same generation. */
  begin(state: State, limits: LimitsN1) {
    this.power.begin(state.planes.power, limits.power);
    this.cooling.begin(state.planes.cooling, limits.cooling);
  }

  /**
   * Adds power at a host (by its place in the host table), and its heat at the rack.
   * @returns the first limit that is passed; the change is then incomplete: undo it.
   */
  addHost(host: number, powerW: number): Violation | undefined {
    const inPower = this.#hosts.powerPosition[host];
    const inCooling = this.#hosts.coolingPosition[host];
    const violation = inPower < 0 ? undefined : this.power.add(inPower, powerW);
    if (violation || inCooling < 0) return violation;
    return this.cooling.add(inCooling, powerW);
  }

  settle(): Violation | undefined {
    const inPower = this.power.settle();
    const inCooling = this.cooling.settle();
    return inPower ?? inCooling;
  }

  mark(): OverlayMark {
    return { power: this.power.mark(), cooling: this.cooling.mark() };
  }

  undo(mark: OverlayMark) {
    this.power.undo(mark.power);
    this.cooling.undo(mark.cooling);
  }

  /** Writes the changed loads into a fork, which the overlay then no longer stands on. */
  writeTo(fork: State) {
    write(this.power, fork.planes.power);
    write(this.cooling, fork.planes.cooling);
  }
}

function write(overlay: PlaneOverlay, results: PlaneResults) {
  for (const p of overlay.touched.list) {
    results.load[p] += overlay.added[p];
  }
  for (const s of overlay.touchedSlots.list) results.slotExtra[s] += overlay.addedExtra[s];
}
