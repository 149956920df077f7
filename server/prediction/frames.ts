/** Frames for the predictor from the live state: what was measured since the frame before. */
import {
  KIND_INDEX,
  type Kind,
  MEASURED,
  type PredictedSite,
  type State,
  signalIndex,
  type TelemetryFrame,
} from '../../twin/index.ts';

const SIGNALS: readonly (readonly [kind: Kind, signal: string])[] = [
  ...(['gpuTempC'] as const).map(signal => ['gpu', signal] as const),
  ...(['cpuPowerW', 'fanSpeedRatio', 'inletTempC', 'bmcPowerW'] as const).map(
    signal => ['host', signal] as const,
  ),
  ['rack', 'inletTempC'],
  ['pdu', 'pduPowerW'],
];
const GPU_POWER = signalIndex('gpuPowerW');
const GPU_ENERGY = signalIndex('gpuEnergyJ');

export interface Framed {
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
