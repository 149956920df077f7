/**
 * Frames for the predictor from the live state: what was measured since the frame before. Power and
 * inlet of racks are taken as the twin shows them, so that what is predicted is what will be shown.
 */
import {
  KIND_INDEX,
  type Kind,
  MEASURED,
  MODELLED,
  type PredictedSite,
  readSignal,
  type State,
  signalIndex,
  type TelemetryFrame,
} from '../../twin/index.ts';

const SIGNALS: readonly (readonly [kind: Kind, signal: string])[] = [
  ['gpu', 'gpuTempC'],
  ...(['cpuPowerW', 'fanSpeedRatio', 'inletTempC'] as const).map(
    signal => ['host', signal] as const,
  ),
];
const OF_RACKS = ['powerW', 'inletTempC'].map(signalIndex);
/** What is shown of a rack holds for so long: it rests on the oldest of several meters. */
const SHOWN_MS = 180_000;
const GPU_POWER = signalIndex('gpuPowerW');
const GPU_ENERGY = signalIndex('gpuEnergyJ');

interface Framed {
  readonly frame: TelemetryFrame;
  /** Of each GPU of the site since its reading before, W; NaN: not read. */
  readonly gpuMeanW: Float64Array;
}

export interface Frames {
  /** @param atMs of the frame, after the one before */
  take(state: State, atMs: number): Framed;
}

export function createFrames(site: PredictedSite): Frames {
  let lastMs = Number.NEGATIVE_INFINITY;
  const energyJ = new Float64Array(site.gpus.length).fill(Number.NaN);
  const energyAtMs = new Float64Array(site.gpus.length).fill(Number.NaN);

  /** By the counter between its own times, as frames come at other ones; else the instant. */
  function meanPowers(state: State): Float64Array {
    return Float64Array.from(site.gpus, (entity, gpu) => {
      const counter = state.cellOf(GPU_ENERGY, entity);
      if (counter >= 0 && state.quality[counter] === MEASURED) {
        const [J, atMs] = [state.valueAt(counter), state.timeAt(counter)];
        const meanW = (1000 * (J - energyJ[gpu])) / (atMs - energyAtMs[gpu]);
        if (atMs === energyAtMs[gpu]) return Number.NaN;
        energyJ[gpu] = J;
        energyAtMs[gpu] = atMs;
        return meanW >= 0 ? meanW : Number.NaN;
      }
      const cell = state.cellOf(GPU_POWER, entity);
      return isFresh(state, cell, lastMs) ? state.valueAt(cell) : Number.NaN;
    });
  }

  return {
    take(state, atMs) {
      const entity: number[] = [];
      const signal: number[] = [];
      const value: number[] = [];
      const put = (e: number, s: number, v: number) => {
        entity.push(e);
        signal.push(s);
        value.push(v);
      };
      const { kindStart } = state.topology;
      for (const [kind, id] of SIGNALS) {
        const index = signalIndex(id);
        for (let e = kindStart[KIND_INDEX[kind]]; e < kindStart[KIND_INDEX[kind] + 1]; e++) {
          const cell = state.cellOf(index, e);
          if (isFresh(state, cell, lastMs)) put(e, index, state.valueAt(cell));
        }
      }
      for (const signal of OF_RACKS) {
        for (const rack of site.racks) {
          const shown = readSignal(state, signal, rack);
          const isNew = shown.quality > MODELLED && atMs - shown.atMs <= SHOWN_MS;
          if (isNew) put(rack, signal, shown.value);
        }
      }
      const gpuMeanW = meanPowers(state);
      gpuMeanW.forEach((watts, gpu) => {
        if (!Number.isNaN(watts)) put(site.gpus[gpu], GPU_POWER, watts);
      });
      lastMs = atMs;
      return {
        frame: {
          atMs,
          entity: Int32Array.from(entity),
          signal: Int32Array.from(signal),
          value: Float64Array.from(value),
        },
        gpuMeanW,
      };
    },
  };
}

const isFresh = (state: State, cell: number, sinceMs: number) =>
  cell >= 0 && state.quality[cell] === MEASURED && state.timeAt(cell) > sinceMs;
