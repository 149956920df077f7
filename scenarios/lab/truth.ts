/** The hidden truth: means of every minute, and where the energy went. */
import type { LabFault } from './faults.ts';
import type { Truth, TruthEnergy, TruthMinute } from './lab.ts';
import { STEP_S, type State } from './state.ts';
import { openWindow, type SumBook } from './sums.ts';

const MINUTE_S = 60;

interface TruthBook {
  readonly truth: Truth;
  /** After every step, with the second at its end. */
  keep(endS: number): void;
}

type Energy = { -readonly [name in keyof TruthEnergy]: number };

export function createTruth(
  state: State,
  book: SumBook,
  { faults, startMs }: { faults: readonly LabFault[]; startMs: number },
): TruthBook {
  const minute = openWindow(book);
  const minutes: TruthMinute[] = [];
  const energy: Energy = {
    ...{ gpuJ: 0, hostRestJ: 0, psuLossJ: 0, torJ: 0, pduLossJ: 0, buswayLossJ: 0 },
    ...{ upsOutputJ: 0, airHeatJ: 0, storedJ: 0 },
  };
  const storedAtStartJ = sum(state.rack.storedJ);
  return {
    truth: { minutes, faults, energy, parameters: state.p },
    keep(endS) {
      countEnergy(state, energy);
      energy.storedJ = sum(state.rack.storedJ) - storedAtStartJ;
      if (endS % MINUTE_S !== 0) return;
      minute.close(MINUTE_S);
      const { means } = minute;
      minutes.push({
        endMs: startMs + endS * 1000,
        rackPowerW: means.rackPowerW.slice(),
        rackInletTempC: means.rackInletTempC.slice(),
        hostPowerW: means.hostPowerW.slice(),
        hostInletTempC: means.hostInletTempC.slice(),
        gpuPowerW: means.gpuPowerW.slice(),
        gpuTempC: means.gpuTempC.slice(),
      });
    },
  };
}

function sum(column: Float64Array): number {
  let total = 0;
  for (const value of column) total += value;
  return total;
}

function countEnergy({ gpu, host, pdu, rack, feedPowerW }: State, energy: Energy): void {
  const gpuW = sum(gpu.powerW);
  const dcW = sum(host.dcPowerW);
  const hostW = sum(host.powerW);
  const torW = sum(pdu.torW);
  const rackW = sum(rack.powerW);
  const upsW = sum(feedPowerW);
  energy.gpuJ += gpuW * STEP_S;
  energy.hostRestJ += (dcW - gpuW) * STEP_S;
  energy.psuLossJ += (hostW - dcW) * STEP_S;
  energy.torJ += torW * STEP_S;
  energy.pduLossJ += (rackW - hostW - torW) * STEP_S;
  energy.buswayLossJ += (upsW - rackW) * STEP_S;
  energy.upsOutputJ += upsW * STEP_S;
  energy.airHeatJ += sum(rack.heatW) * STEP_S;
}
