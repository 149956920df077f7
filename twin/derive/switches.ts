/**
 * Figures of switches that follow from what they and those below them carry: oversubscription, how
 * full the uplinks are, and how much of the traffic of hosts leaves their switch.
 */
import type { Marks } from '../state/marks.ts';
import { DERIVED, STALE } from '../state/quality.ts';
import { readSignal } from '../state/read.ts';
import type { State } from '../state/state.ts';
import { KIND_INDEX, type Kind } from '../tables/kinds.ts';
import { signalIndex } from '../tables/signals.ts';
import { MeanRatio } from './mean-ratio.ts';
import { RatioOfSums } from './ratio-of-sums.ts';

const OVERSUBSCRIPTION = signalIndex('oversubscriptionRatio');
const UPLINK_UTIL = signalIndex('uplinkUtilRatio');
const CROSS_RACK = signalIndex('crossRackTrafficRatio');
const NET_TX = signalIndex('netTxBytesPerS');
const NET_RX = signalIndex('netRxBytesPerS');

const SWITCH_KINDS: readonly Kind[] = ['tor', 'eor', 'spine'];
const SWITCH_KIND_INDEX: ReadonlySet<number> = new Set(SWITCH_KINDS.map(k => KIND_INDEX[k]));

/**
 * Counters of a switch and of its hosts are read seconds apart, while training sends in waves of
 * seconds: a single ratio may be off by as much as it is.
 */
const MEAN_OVER_MS = 300_000;

export const isSwitch = (kind: number) => SWITCH_KIND_INDEX.has(kind);

/** Traffic through a switch, in bytes per second. */
interface Flow {
  /** Counters are not read at one instant: it may seem a little below 0. */
  readonly upBytesPerS: number;
  /** What hosts right below it send. */
  readonly fromHostsBytesPerS: number;
  readonly atMs: number;
}

export class Switches {
  readonly #state: State;
  /** What leaves the switches of hosts upwards, over what their hosts send. */
  readonly #crossRack: RatioOfSums;

  readonly #meanCrossRack: MeanRatio;

  constructor(state: State) {
    this.#state = state;
    this.#crossRack = new RatioOfSums(state, CROSS_RACK, ['spine', 'tor']);
    const wholes = state.topology.kindStart[KIND_INDEX.rack + 1];
    this.#meanCrossRack = new MeanRatio(wholes, MEAN_OVER_MS);
  }

  /** Makes the columns that are written, for the kinds that exist. */
  plan() {
    const state = this.#state;
    const { kindStart } = state.topology;
    for (const kind of SWITCH_KINDS) {
      if (kindStart[KIND_INDEX[kind]] === kindStart[KIND_INDEX[kind] + 1]) continue;
      state.ensureColumn(OVERSUBSCRIPTION, KIND_INDEX[kind]);
      state.ensureColumn(UPLINK_UTIL, KIND_INDEX[kind]);
    }
    const isSent = state.columns.some(c => c.signal === NET_TX && isSwitch(c.kind));
    if (isSent) this.#crossRack.plan();
  }

  /** Works out a switch that has news, from the figures of its class. */
  take(marks: Marks, entity: number, nowMs: number) {
    const state = this.#state;
    const figures = state.topology.classes[state.topology.classIndex[entity]]?.figures;
    const capacity = figures?.uplinkBytesPerS?.value ?? 0;
    const down = figures?.downlinkBytesPerS?.value ?? 0;
    const flow = this.#flow(entity);
    this.#crossRack.put(entity, ...shareLeaving(flow));
    if (!(capacity > 0)) return;
    const oversubscription = state.cellOf(OVERSUBSCRIPTION, entity);
    if (down > 0) marks.set(oversubscription, down / capacity, nowMs, DERIVED);
    const cell = state.cellOf(UPLINK_UTIL, entity);
    if (flow === undefined) marks.setMissing(cell);
    else marks.set(cell, Math.max(0, flow.upBytesPerS) / capacity, flow.atMs, DERIVED);
  }

  /** Writes what leaves racks, of everything around the switches taken in since the last call. */
  write(marks: Marks, nowMs: number) {
    this.#crossRack.write(marks, nowMs, (sums, whole) =>
      this.#meanCrossRack.take(whole, sums, nowMs),
    );
  }

  /**
   * What a switch sends upwards: all it sends, less what those below it receive. Unknown unless all
   * of them are heard, since the traffic of a silent one would look like the uplinks'.
   */
  #flow(entity: number): Flow | undefined {
    const state = this.#state;
    const { plane } = state.closure.planes.network;
    const position = plane.positionOf[entity];
    const sent = readSignal(state, NET_TX, entity);
    if (sent.quality <= STALE || position < 0) return undefined;
    let { value: up, atMs } = sent;
    let fromHosts = 0;
    for (let i = plane.childStart[position]; i < plane.childStart[position + 1]; i++) {
      const below = plane.entities[plane.children[i]];
      const share = plane.shares[plane.childEdges[i]];
      const received = readSignal(state, NET_RX, below);
      if (received.quality <= STALE) return undefined;
      up -= share * received.value;
      atMs = Math.min(atMs, received.atMs);
      if (state.topology.kind[below] !== KIND_INDEX.host) continue;
      const { value, quality } = readSignal(state, NET_TX, below);
      if (quality > STALE) fromHosts += share * value;
    }
    return { upBytesPerS: up, fromHostsBytesPerS: fromHosts, atMs };
  }
}

/**
 * Of switches of hosts only: what a spine passes on has left its rack before. Errors of single
 * switches, of either sign, cancel out in the sums.
 */
function shareLeaving(flow: Flow | undefined): [aboveBytesPerS: number, belowBytesPerS: number] {
  if (flow === undefined || !(flow.fromHostsBytesPerS > 0)) return [0, 0];
  return [Math.round(flow.upBytesPerS), Math.round(flow.fromHostsBytesPerS)];
}
