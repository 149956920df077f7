/**
 * GPU power, clocks and temperature over one step. The hottest loop of the plant: plain numbers and
 * typed arrays, no allocation.
 */
import { F } from '../figures.ts';
import type { Layout } from '../layout.ts';
import type { State } from '../state.ts';

/** Share of the way a first-order lag goes to its target in `dtS`. */
export const lagShare = (dtS: number, tauS: number) => 1 - Math.exp(-dtS / tauS);

export function stepGpus(layout: Layout, state: State, dtS: number): void {
  for (let host = 0; host < layout.hostCount; host++) stepHostGpus(layout, state, host, dtS);
}

/**
 * `P = (idle + (cap - idle) demand f^a)(1 + leak (T - T0))`, held below the cap by the clock;
 * junction = coolant + fast pole + slow pole (Foster network). Coolant is the intake air, warmer
 * for the rear row, or the loop of a direct-to-chip host.
 */
function stepHostGpus(layout: Layout, state: State, host: number, dtS: number): void {
  const figures = layout.gpuFigures[host];
  if (!figures) return;
  const { gpu } = state;
  const cdu = layout.rackCdu[layout.hostRack[host]];
  const liquid = cdu >= 0;
  const coolantC = liquid ? state.cdu.supplyTempC[cdu] : state.host.inletTempC[host];
  const speed = Math.max(0.2, state.host.fanRatio[host]) / F.sinkSpeedRefRatio;
  const sinkFactor = liquid ? 1 : speed ** -F.sinkSpeedExponent;
  const memR = liquid ? F.liquidMemResistanceKPerW : F.memResistanceKPerW;
  const dieShare = lagShare(dtS, F.dieTauS);
  const sinkTauS = liquid ? F.liquidSinkTauS : F.airSinkTauS;
  const memShare = lagShare(dtS, F.memTauS);
  const sensedShare = lagShare(dtS, F.gpuSensorTauS);
  const spanW = figures.capW - figures.idleW;
  const first = layout.gpuStart[host];
  for (let at = first; at < layout.gpuStart[host + 1]; at++) {
    const on = gpu.offByHeat[at] === 1 ? 0 : state.host.poweredOn[host];
    const demand = gpu.demandRatio[at] * on;
    const leak = 1 + F.leakPerK * Math.max(0, gpu.tempC[at] - F.leakFromTempC);
    const dynamicW = spanW * demand * leak;
    const room = (F.capTargetRatio * figures.capW - figures.idleW * leak) / Math.max(1, dynamicW);
    const capClock = room < 1 ? room ** (1 / F.clockPowerExponent) : 1;
    const sensedC = gpu.sensedTempC[at];
    const held = heldClock(gpu.thermalClockRatio[at], sensedC, figures.maxOpTempC, dtS);
    const overK = Math.max(0, sensedC - figures.maxOpTempC - F.thermalControlAboveMaxOpK);
    const slowed = sensedC >= figures.slowdownTempC ? 0.5 : held - F.thermalDropPerK * overK;
    const thermalClock = Math.min(held, slowed);
    const clock = Math.max(F.clockFloorRatio, Math.min(capClock, thermalClock));
    gpu.thermalClockRatio[at] = held;
    gpu.clockRatio[at] = demand > 0.01 ? clock : 1;
    if (thermalClock < 1 && demand > 0.01) gpu.thermalThrottledS[at] += dtS;
    else if (capClock < 1) gpu.powerThrottledS[at] += dtS;
    const powerW = on * (figures.idleW * leak + dynamicW * clock ** F.clockPowerExponent);
    const rK = figures.resistanceKPerW;
    gpu.powerW[at] = powerW;
    gpu.energyJ[at] += powerW * dtS;
    gpu.dieRiseK[at] += (F.dieShareRatio * rK * powerW - gpu.dieRiseK[at]) * dieShare;
    const sinkR = (1 - F.dieShareRatio) * rK * sinkFactor * gpu.resistanceFactor[at];
    const sinkK = sinkR * powerW;
    gpu.sinkRiseK[at] +=
      (sinkK - gpu.sinkRiseK[at]) * lagShare(dtS, sinkTauS * gpu.resistanceFactor[at]);
    // slots 0-3 stand before 4-7 in the air stream
    const preheatK = liquid ? 0 : F.preheatKPerSlot * ((at - first) >> 1);
    gpu.tempC[at] = coolantC + preheatK + gpu.dieRiseK[at] + gpu.sinkRiseK[at];
    const memC =
      coolantC + preheatK + memR * sinkFactor * powerW * (0.75 + 0.4 * gpu.dramRatio[at]);
    gpu.memTempC[at] += (memC - gpu.memTempC[at]) * memShare;
    gpu.sensedTempC[at] += (gpu.tempC[at] - gpu.sensedTempC[at]) * sensedShare;
  }
}

/** Integrating part of the thermal controller: the clock that holds the GPU just above max-op. */
function heldClock(clock: number, tempC: number, maxOpTempC: number, dtS: number): number {
  const overK = tempC - (maxOpTempC + F.thermalControlAboveMaxOpK);
  const next = clock - F.thermalStepPerKS * Math.max(-1, overK) * dtS;
  return Math.max(F.clockFloorRatio, Math.min(1, next));
}
