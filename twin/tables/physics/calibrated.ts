/**
 * Models whose parameters are identified from telemetry: one row a model. A new row is calibrated,
 * scored on the fidelity board, exported and stored without anything else.
 */
import { componentOf, type HardwareClass } from '../catalogue.ts';
import { chosen, recalled, seen } from '../classes/figure.ts';
import type { Kind } from '../kinds.ts';
import type { CalibratedModel, ModelPrior, PriorClasses } from './calibrated-row.ts';
import { DVFS } from './power.ts';
import { GPU_AIR_RC, GPU_LIQUID_RC } from './thermal.ts';

/** Figures of the priors and guards. Ratios are parts of the nameplate unless the name says more. */
const CALIBRATION_FIGURES = {
  /** Day and night, and a few jobs: long enough to see the load move, short enough for fouling. */
  memoryS: chosen(12 * 3600, 'Orrery: a day has parts of several jobs'),
  maxSkewS: chosen(45, 'Orrery: one and a half scrape intervals of 30 s'),
  slowSkewS: chosen(120, 'Orrery: room sensors are polled each minute'),
  hostNoiseRatio: chosen(0.02, 'Orrery: accuracy class of BMC power readings'),
  hostNoiseFloorRatio: chosen(0.001, 'Orrery: BMCs read to about 10 W of 10 kW'),
  hostPriorSdRatio: chosen(0.3, 'Orrery: nameplates overstate by up to a third'),
  cpuActiveRatio: recalled(0.75, 'Idle processors draw about a quarter of their TDP'),
  gpuGainSd: chosen(0.25, 'Orrery: conversion, fans and memory that follow the GPUs'),
  gpuGainMin: chosen(0.9, 'Orrery: conversion adds; a GPU sensor may read 10 % high'),
  gpuGainMax: chosen(2.2, 'Orrery: no server doubles the power of its GPUs'),
  offRatio: chosen(0.3, 'Orrery: below this part of its idle power a thing is off'),
  overRatio: chosen(1.3, 'Orrery: nothing draws more than this part of its nameplate'),
  memoryShareRatio: chosen(0.25, 'Orrery: memory takes about a quarter of what moves'),
  gpuNoiseRatio: chosen(0.05, 'Orrery: utilisation says little of the kind of work'),
  gpuNoiseFloorRatio: chosen(0.003, 'Orrery: 2 W of 700 W'),
  steadyRatio: chosen(0.08, 'Orrery: closer to its lagged value than the noise of the result'),
  gpuTempNoiseK: chosen(1.5, 'Orrery: readings are whole degrees, fans follow'),
  gpuTempNoiseFloorK: chosen(0.3, 'A uniform error of 1 K has a standard deviation of 0.29 K'),
  recirculationKPerW: chosen(5e-5, 'Orrery: 1 K at 20 kW a rack with blanking panels'),
  inletNoiseK: chosen(0.7, 'Orrery: sensors differ by about as much'),
  inletNoiseFloorK: seen(0.05, 'IPMI sensors read in steps of 0.1-1 K'),
} as const;

const F = CALIBRATION_FIGURES;

/**
 * The offline fit of a GPU's thermal chain: offset, K, then resistance, K/W, and time constant, s, of
 * die and heat sink. Bounds hold cold plates and heat sinks of a kilogram.
 */
export const GPU_THERMAL_FIT = {
  start: [
    2,
    GPU_AIR_RC.totalKPerW.value * GPU_AIR_RC.dieRatio.value,
    4 * GPU_AIR_RC.dieTauS.value,
    GPU_AIR_RC.totalKPerW.value * (1 - GPU_AIR_RC.dieRatio.value),
    GPU_AIR_RC.sinkTauS.value,
  ],
  low: [-10, 0, 0.05, 0, 0.5],
  high: [30, 0.3, 20, 0.5, 600],
  ranges: { powerW: [0, 3000], tempC: [-20, 150] },
  powerSpanMinW: chosen(30, 'Orrery: below it noise of 1 K hides what power does'),
} as const;

const figure = (row: HardwareClass | undefined, name: string) => row?.figures[name]?.value;
const countOf = (row: HardwareClass, kind: Kind) => componentOf(row, kind)?.count ?? 0;

/** What a host class says of its power at rest and at the most, W, and of its parts in that. */
function hostFigures({ own, byId }: PriorClasses) {
  const powerMaxW = figure(own, 'powerMaxW');
  const powerIdleW = figure(own, 'powerIdleW');
  if (powerMaxW === undefined || powerIdleW === undefined) return undefined;
  const gpus = componentOf(own, 'gpu');
  const gpu = gpus?.class ? byId.get(gpus.class) : undefined;
  const gpuCount = gpus?.count ?? 0;
  const gpuIdleW = gpuCount * (figure(gpu, 'powerIdleW') ?? 0);
  const gpuSpanW = gpuCount * (figure(gpu, 'powerMaxW') ?? 0) - gpuIdleW;
  const cpuW = countOf(own, 'socket') * (figure(own, 'cpuTdpW') ?? 0) * F.cpuActiveRatio.value;
  // Never more than what the GPUs leave of the span.
  const cpuSpanW = Math.min(cpuW, 0.8 * (powerMaxW - powerIdleW - Math.max(0, gpuSpanW)));
  return { powerMaxW, powerIdleW, gpuIdleW, gpuSpanW, cpuSpanW: Math.max(0, cpuSpanW) };
}

const hostTarget = (powerIdleW: number, powerMaxW: number) =>
  [F.offRatio.value * powerIdleW, F.overRatio.value * powerMaxW] as const;

const wattPrior = (mean: number, sd: number, high: number) => ({ mean, sd, low: 0, high });

/** Nameplate at full load of everything, and the idle figure with everything at rest. */
function gpuHostPrior(classes: PriorClasses): ModelPrior | undefined {
  const of = hostFigures(classes);
  if (!of || !(of.gpuSpanW > 0)) return undefined;
  const { powerMaxW, powerIdleW, gpuIdleW, gpuSpanW, cpuSpanW } = of;
  const low = F.gpuGainMin.value;
  const high = F.gpuGainMax.value;
  const fromPlate = (powerMaxW - powerIdleW - cpuSpanW) / gpuSpanW;
  const gain = Math.min(high, Math.max(low, fromPlate));
  const restW = Math.max(0, powerIdleW - gain * gpuIdleW);
  return {
    parameters: [
      wattPrior(restW, F.hostPriorSdRatio.value * powerIdleW, powerMaxW),
      { mean: gain, sd: F.gpuGainSd.value, low, high },
      wattPrior(cpuSpanW, F.hostPriorSdRatio.value * Math.max(cpuSpanW, 100), powerMaxW),
    ],
    target: hostTarget(powerIdleW, powerMaxW),
    noiseSd: F.hostNoiseRatio.value * powerMaxW,
    noiseFloor: F.hostNoiseFloorRatio.value * powerMaxW,
  };
}

function plainHostPrior(classes: PriorClasses): ModelPrior | undefined {
  const of = hostFigures(classes);
  if (!of || of.gpuSpanW > 0) return undefined;
  const { powerMaxW, powerIdleW } = of;
  const sdW = F.hostPriorSdRatio.value * powerMaxW;
  return {
    parameters: [
      wattPrior(powerIdleW, sdW, powerMaxW),
      wattPrior(powerMaxW - powerIdleW, sdW, 2 * powerMaxW),
    ],
    target: hostTarget(powerIdleW, powerMaxW),
    noiseSd: F.hostNoiseRatio.value * powerMaxW,
    noiseFloor: F.hostNoiseFloorRatio.value * powerMaxW,
  };
}

function gpuPowerPrior({ own }: PriorClasses): ModelPrior | undefined {
  const powerMaxW = figure(own, 'powerMaxW');
  const powerIdleW = figure(own, 'powerIdleW');
  if (powerMaxW === undefined || powerIdleW === undefined) return undefined;
  const spanW = powerMaxW - powerIdleW;
  const memoryW = F.memoryShareRatio.value * spanW;
  return {
    parameters: [
      wattPrior(powerIdleW, F.hostPriorSdRatio.value * powerIdleW, powerMaxW),
      wattPrior(spanW - memoryW, F.hostPriorSdRatio.value * spanW, 1.5 * spanW),
      wattPrior(memoryW, memoryW, spanW),
    ],
    target: [F.offRatio.value * powerIdleW, F.overRatio.value * powerMaxW],
    noiseSd: F.gpuNoiseRatio.value * powerMaxW,
    noiseFloor: F.gpuNoiseFloorRatio.value * powerMaxW,
    figures: [figure(own, 'smMaxClockHz') ?? Number.NaN],
  };
}

function gpuTempPrior({ own, around }: PriorClasses): ModelPrior | undefined {
  const powerMaxW = figure(own, 'powerMaxW');
  if (powerMaxW === undefined) return undefined;
  const isLiquid = around?.traits?.cooling === 'liquid';
  const rKPerW = (isLiquid ? GPU_LIQUID_RC : GPU_AIR_RC).totalKPerW.value;
  // A card of half the power has a heat sink of half the size: the same rise at its nameplate.
  const scaled = isLiquid ? rKPerW : rKPerW * Math.max(1, 700 / powerMaxW);
  return {
    parameters: [
      { mean: 3, sd: 4, low: -5, high: 25 },
      { mean: scaled, sd: 0.4 * scaled, low: 0.2 * scaled, high: 4 * scaled },
    ],
    target: [0, 110],
    noiseSd: F.gpuTempNoiseK.value,
    noiseFloor: F.gpuTempNoiseFloorK.value,
  };
}

function inletPrior({ own, around }: PriorClasses): ModelPrior | undefined {
  if (own.traits?.cooling === 'liquid' || !around) return undefined;
  const kPerW = F.recirculationKPerW.value;
  return {
    parameters: [
      { mean: 1, sd: 2, low: -5, high: 20 },
      { mean: kPerW, sd: kPerW, low: 0, high: 20 * kPerW },
    ],
    target: [-10, 70],
    noiseSd: F.inletNoiseK.value,
    noiseFloor: F.inletNoiseFloorK.value,
  };
}

const HOST_METERS = ['bmcPowerW', 'dcmiPowerW', 'psuInputPowerW', 'outletPowerW'] as const;
const SILENT_METER_S = [0, 900, 3600] as const;

const HOST_POWER = {
  kind: 'host',
  signal: 'powerW',
  targets: HOST_METERS,
  memoryS: F.memoryS.value,
  maxSkewS: F.maxSkewS.value,
  horizonsS: SILENT_METER_S,
  isSummed: true,
} as const;

export const CALIBRATED_MODELS: readonly CalibratedModel[] = [
  {
    ...HOST_POWER,
    id: 'hostPower',
    title: 'Power of a host with GPUs',
    formula: 'rest + gpuGain * gpuPowerW + cpuSpan * cpuUtilRatio',
    inputs: [
      { signal: 'gpuPowerW', at: 'self', isMeanOfGpus: true },
      { signal: 'cpuUtilRatio', at: 'self', isOptional: true },
    ],
    parameters: [
      { id: 'restW', title: 'All but GPUs, with processors at rest, W' },
      { id: 'gpuGainRatio', title: 'Watts at the inlet for a watt of the GPUs' },
      { id: 'cpuSpanW', title: 'Processors from rest to full, W' },
    ],
    regress({ inputs }, x) {
      x[0] = 1;
      x[1] = inputs[1];
      x[2] = Number.isNaN(inputs[2]) ? 0 : inputs[2];
      return 0;
    },
    prior: gpuHostPrior,
  },
  {
    ...HOST_POWER,
    id: 'plainHostPower',
    title: 'Power of a host without GPUs',
    formula: 'idle + span * cpuUtilRatio',
    inputs: [{ signal: 'cpuUtilRatio', at: 'self' }],
    parameters: [
      { id: 'idleW', title: 'With processors at rest, W' },
      { id: 'spanW', title: 'From rest to full, W' },
    ],
    regress({ inputs }, x) {
      x[0] = 1;
      x[1] = inputs[1];
      return 0;
    },
    prior: plainHostPrior,
  },
  {
    id: 'gpuPower',
    title: 'Power of a GPU from its activity and clock',
    formula: 'idle + compute * utilRatio * (clock / max)^2.4 + memory * dramActiveRatio',
    kind: 'gpu',
    signal: 'powerW',
    targets: ['gpuPowerW'],
    inputs: [
      { signal: 'utilRatio', at: 'self' },
      { signal: 'smClockHz', at: 'self', isOptional: true },
      { signal: 'dramActiveRatio', at: 'self', isOptional: true },
    ],
    parameters: [
      { id: 'idleW', title: 'At rest, W' },
      { id: 'computeW', title: 'Of full utilisation at the highest clock, W' },
      { id: 'memoryW', title: 'Of a memory interface that is always active, W' },
    ],
    regress({ inputs, figures, figuresAt }, x) {
      const clockRatio = inputs[2] / figures[figuresAt];
      x[0] = 1;
      x[1] = inputs[1] * (clockRatio >= 0 ? Math.min(1.2, clockRatio) ** DVFS.exponent.value : 1);
      x[2] = Number.isNaN(inputs[3]) ? 0 : inputs[3];
      return 0;
    },
    prior: gpuPowerPrior,
    memoryS: F.memoryS.value,
    maxSkewS: F.maxSkewS.value,
    horizonsS: [0],
    isSummed: false,
  },
  {
    id: 'gpuTemp',
    title: 'Steady temperature of a GPU over the inlet of its host',
    formula: 'inletTempC + offset + resistance * gpuPowerW (lagged)',
    kind: 'gpu',
    signal: 'gpuTempC',
    targets: ['gpuTempC'],
    inputs: [
      { signal: 'inletTempC', at: 'host' },
      { signal: 'gpuPowerW', at: 'self', isMeanOfGpus: true },
    ],
    parameters: [
      { id: 'offsetK', title: 'Of a GPU that draws nothing, over the inlet, K' },
      { id: 'resistanceKPerW', title: 'From inlet to die, K/W' },
    ],
    regress({ inputs }, x) {
      x[0] = 1;
      x[1] = inputs[2];
      return inputs[1];
    },
    prior: gpuTempPrior,
    memoryS: F.memoryS.value,
    maxSkewS: F.slowSkewS.value,
    lag: { input: 1, tauS: GPU_AIR_RC.sinkTauS.value, steadyRatio: F.steadyRatio.value },
    horizonsS: [0],
    isSummed: false,
  },
  {
    id: 'hostInlet',
    title: 'Inlet temperature of a host over what cools its rack',
    formula: 'supplyTempC + offset + recirculation * rack power',
    kind: 'host',
    signal: 'inletTempC',
    targets: ['inletTempC'],
    inputs: [
      { signal: 'supplyTempC', at: 'supply' },
      { signal: 'powerLoadW', at: 'rack' },
    ],
    parameters: [
      { id: 'offsetK', title: 'Over the supply, with an idle rack, K' },
      { id: 'recirculationKPerW', title: 'For each watt in the rack, K/W' },
    ],
    regress({ inputs }, x) {
      x[0] = 1;
      x[1] = inputs[2];
      return inputs[1];
    },
    prior: inletPrior,
    memoryS: F.memoryS.value,
    maxSkewS: F.slowSkewS.value,
    horizonsS: SILENT_METER_S,
    isSummed: false,
  },
];

/** @throws RangeError for an id that is no model */
export function calibratedModel(id: string): CalibratedModel {
  const model = CALIBRATED_MODELS.find(row => row.id === id);
  if (!model) throw new RangeError(`'${id}' is not a calibrated model`);
  return model;
}
