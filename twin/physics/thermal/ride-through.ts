/** How long a rack of GPUs lives once nothing cools it, and what its GPUs do on the way. */
import { notNegative, positive, within } from '../number-check.ts';
import { dynamicPowerW, type GpuPowerModel } from '../power/gpu.ts';
import { airOfMeanC, gapAfterK, type RoomHeat } from './cooling-loss.ts';
import { type GpuRc, leakageRatio, poleDecay, poleRiseK } from './gpu-heat.ts';
import { clockUnderHeat, type GpuHeatLimits } from './throttle.ts';

/** A rack of equal GPUs, and the room it stands in. */
interface RackWithoutCooling {
  readonly room: RoomHeat;
  readonly gpu: GpuPowerModel;
  readonly rc: GpuRc;
  readonly limits: GpuHeatLimits;
  readonly gpuCount: number;
  /** Everything else in the rack, which runs on as before. */
  readonly otherW: number;
}

interface LossOfCooling {
  readonly supplyTempC: number;
  /** Inlet at which hosts switch themselves off. */
  readonly shutdownInletTempC: number;
  /** Work of the GPUs at their highest clock, 0-1. */
  readonly utilRatio: number;
  /** How far to look. */
  readonly forS: number;
}

/** Times from the loss, s; undefined where it does not come to that. */
interface RideThrough {
  readonly throttleAfterS: number | undefined;
  /** Of the GPUs or the hosts, whichever is first. */
  readonly shutdownAfterS: number | undefined;
  /** Work done until then over what would have been done, 0-1. */
  readonly workRatio: number;
  readonly inletTempC: number;
  readonly gpuTempC: number;
}

const STEP_S = 1;

/**
 * Steps of a second, each exact for its power. The clock follows the junction of the step before,
 * so throttled GPUs heat the room less: they feed back on the time that is left.
 */
export function rideThrough(rack: RackWithoutCooling, loss: LossOfCooling): RideThrough {
  within('utilRatio', loss.utilRatio, 0, 1);
  within('supplyTempC', loss.supplyTempC, -40, 100);
  positive('forS', loss.forS);
  notNegative('otherW', rack.otherW);
  const { room, gpu, rc, limits, gpuCount } = rack;
  const [dieDecay, sinkDecay] = [poleDecay(STEP_S, rc.dieTauS), poleDecay(STEP_S, rc.sinkTauS)];
  const fullW = gpu.idleW + dynamicPowerW(gpu.maxW - gpu.idleW, loss.utilRatio, 1, gpu.exponent);
  let dieK = fullW * rc.dieKPerW;
  let sinkK = fullW * rc.sinkKPerW;
  let meanC = loss.supplyTempC;
  let gapK = 0;
  let gpuTempC = meanC + dieK + sinkK;
  let work = 0;
  let throttleAfterS: number | undefined;
  for (let atS = 0; atS < loss.forS; atS += STEP_S) {
    const inletTempC = airOfMeanC(room, meanC, gapK);
    const clockRatio = clockUnderHeat(gpuTempC, limits, gpu.minClockRatio);
    if (clockRatio < 1) throttleAfterS ??= atS;
    if (clockRatio === 0 || inletTempC >= loss.shutdownInletTempC) {
      const workRatio = atS > 0 ? work / atS : 0;
      return { throttleAfterS, shutdownAfterS: atS, workRatio, inletTempC, gpuTempC };
    }
    work += clockRatio * STEP_S;
    const spanW = gpu.maxW - gpu.idleW;
    const coolW = gpu.idleW + dynamicPowerW(spanW, loss.utilRatio, clockRatio, gpu.exponent);
    const gpuW = coolW * leakageRatio(gpuTempC);
    dieK = poleRiseK(dieK, gpuW, rc.dieKPerW, dieDecay);
    sinkK = poleRiseK(sinkK, gpuW, rc.sinkKPerW, sinkDecay);
    const rackW = gpuCount * gpuW + rack.otherW;
    gapK = gapAfterK(room, gapK, rackW, STEP_S);
    meanC += (rackW * STEP_S) / (room.airJPerK + room.solidsJPerK);
    gpuTempC = airOfMeanC(room, meanC, gapK) + dieK + sinkK;
  }
  const inletTempC = airOfMeanC(room, meanC, gapK);
  const workRatio = work / loss.forS;
  return { throttleAfterS, shutdownAfterS: undefined, workRatio, inletTempC, gpuTempC };
}
