/** What the sensors say: truth with gain error, noise, drift and quantisation. */
import { F } from './figures.ts';
import { noise, STREAM, unit } from './random.ts';
import type { Simulation } from './simulation.ts';

const roundTo = (value: number, step: number) => Math.round(value / step) * step;

/** Whole kelvin, as the driver gives it. */
export const gpuTempC = ({ state }: Simulation, gpu: number) =>
  Math.round(state.gpu.sensedTempC[gpu]);

export const gpuMemTempC = ({ state }: Simulation, gpu: number) =>
  Math.round(state.gpu.memTempC[gpu]);

export const gpuPowerW = ({ layout, state }: Simulation, gpu: number) =>
  roundTo(
    Math.max(
      0,
      state.gpu.powerW[gpu] +
        F.gpuPowerNoiseW * noise(layout.seed, STREAM.gpuPower + gpu * 32, state.steps),
    ),
    0.001,
  );

/** SM clock, MHz in the driver's steps. */
export function smClockMHz({ layout, state }: Simulation, gpu: number): number {
  const figures = layout.gpuFigures[layout.gpuHost[gpu]]!;
  if (state.gpu.utilRatio[gpu] < 0.01) return F.smClockIdleMHz;
  return roundTo(figures.clockMaxMHz * state.gpu.clockRatio[gpu], F.smClockStepMHz);
}

/** Power by the BMC: averaged, a little wrong, in steps, and drifting where a fault says so. */
export function bmcPowerW({ layout, state }: Simulation, host: number): number {
  const { bmcPowerW: sensed, bmcGain, powerDriftRatio } = state.host;
  const draw = noise(layout.seed, STREAM.bmcNoise + host * 32, state.steps);
  const gain = bmcGain[host] * (1 + powerDriftRatio[host]) * (1 + F.bmcNoiseRatio * draw);
  return roundTo(sensed[host] * gain, F.bmcStepW);
}

export function inletTempC({ layout, state }: Simulation, host: number): number {
  const { inletStuckC, inletSensedC, inletOffsetK } = state.host;
  if (!Number.isNaN(inletStuckC[host])) return inletStuckC[host];
  const wobble = F.inletNoiseK * noise(layout.seed, STREAM.inletNoise + host * 32, state.steps);
  return Math.round(inletSensedC[host] + inletOffsetK[host] + wobble);
}

export const exhaustTempC = ({ state }: Simulation, host: number) =>
  Math.round(state.host.exhaustTempC[host]);

/** The processor answers for itself: NaN while it is off. */
export const cpuTempC = ({ state }: Simulation, host: number) =>
  state.host.poweredOn[host] === 1 ? Math.round(state.host.cpuTempC[host]) : Number.NaN;

const USUAL_FANS = 6;

export const fanCount = ({ layout }: Simulation, host: number) =>
  layout.site.hosts[host].fans ?? USUAL_FANS;

/** Rotor speed in the tachometer's steps. */
export function fanRpm({ layout, state }: Simulation, host: number, fan: number): number {
  const own = 1 + F.fanSpeedSpread * noise(layout.seed, STREAM.fanNoise + host * 32, fan);
  return roundTo(F.fanMaxRpm * state.host.fanRatio[host] * own, F.fanStepRpm);
}

/** Power at the outlet that feeds this PSU, whole watts. */
export function outletPowerW({ layout, state }: Simulation, psu: number): number {
  const live = state.pdu.live[state.psu.pdu[psu]];
  const draw = noise(layout.seed, STREAM.outletNoise + psu * 32, state.steps);
  const gain = state.psu.outletGain[psu] * (1 + F.outletNoiseRatio * draw);
  return Math.round(live * state.psu.inputW[psu] * gain);
}

export const psuInputW = ({ state }: Simulation, psu: number) =>
  roundTo(state.psu.inputW[psu], F.psuStepW);

export const psuOutputW = ({ state }: Simulation, psu: number) =>
  roundTo(state.psu.outputW[psu], F.psuStepW);

/** Mains wander over the day and differ a little from feed to feed. */
export function mainsVoltageV({ state, layout }: Simulation, pdu: number): number {
  const dayRad = ((state.epochS + state.nowS) / 86_400) * 2 * Math.PI;
  const own = noise(layout.seed, STREAM.mains, pdu);
  const swingV = F.mainsSpreadV * Math.sin(dayRad);
  return state.pdu.live[pdu] * (F.mainsVoltageV + swingV + F.mainsOwnV * own);
}

/** Whether the dcgm page of this host fails to answer in this minute. */
export function dcgmDropsOut({ layout, state }: Simulation, host: number): boolean {
  const minute = Math.floor(state.nowS / 60);
  const odds = state.host.dcgmDropout[host] || F.dropoutsPerMinute;
  return unit(layout.seed, STREAM.dropout + host * 32, minute) < odds;
}

/** Offset of the host's clock from the plant's, s. */
export const clockOffsetS = ({ layout, state }: Simulation, host: number) =>
  F.clockOffsetS * noise(layout.seed, STREAM.clockOffset + host * 32, Math.floor(state.nowS / 64));
