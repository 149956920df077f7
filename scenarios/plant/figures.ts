/**
 * Every constant of the plant, with unit, mark and source. The plant has figures of its own on
 * purpose: sharing the twin's would let a wrong constant confirm itself.
 *
 * Marks: S seen in a public text; M from memory; C computed; D chosen for this simulation.
 */
export type Mark = 'S' | 'M' | 'C' | 'D';

export interface Figure {
  readonly value: number;
  readonly unit: string;
  readonly mark: Mark;
  readonly source: string;
}

const f = (value: number, unit: string, mark: Mark, source: string): Figure => ({
  value,
  unit,
  mark,
  source,
});

const FIGURES = {
  // GPU
  clockPowerExponent: f(2.4, '1', 'M', 'P ~ f V^2 with V following f; fitted values 2-3'),
  leakPerK: f(0.004, '1/K', 'M', 'static power growth of dynamic draw'),
  leakFromTempC: f(50, 'C', 'M', 'temperature above which leakage shows'),
  dieShareRatio: f(0.08, '1', 'D', 'share of junction resistance in the fast pole'),
  dieTauS: f(0.5, 's', 'M', 'die and lid'),
  airSinkTauS: f(32, 's', 'M', 'vapour chamber and fins, 450 J/K x 0.065 K/W'),
  liquidSinkTauS: f(5, 's', 'M', 'cold plate'),
  memResistanceKPerW: f(0.058, 'K/W', 'D', 'HBM above intake at GPU power; below 80 C at 700 W'),
  liquidMemResistanceKPerW: f(0.03, 'K/W', 'D', 'HBM under a cold plate'),
  memTauS: f(20, 's', 'M', 'HBM stack follows the heatsink'),
  preheatKPerSlot: f(0.7, 'K', 'D', 'second-row GPUs breathe air warmed by the first row'),
  resistanceSpread: f(0.05, '1', 'D', 'paste and mounting differ from GPU to GPU'),
  capTargetRatio: f(0.985, '1', 'D', 'the power controller aims just below the cap'),
  clockFloorRatio: f(0.3, '1', 'M', 'lowest clock a power or thermal controller asks for'),
  thermalStepPerKS: f(0.004, '1/(K s)', 'D', 'clock reduction above the control temperature'),
  thermalDropPerK: f(0.12, '1/K', 'D', 'clock given up at once for each kelvin too hot'),
  thermalControlAboveMaxOpK: f(1, 'K', 'D', 'software slowdown acts just above max-op'),
  gpuSensorTauS: f(2, 's', 'D', 'driver-side averaging of the GPU temperature'),
  gpuPowerNoiseW: f(1, 'W', 'D', 'board power sensor; bounded noise'),
  // host
  cpuIdleW: f(95, 'W', 'M', 'server CPU package at idle'),
  cpuTdpW: f(350, 'W', 'S', 'Xeon Platinum 8480C specification'),
  cpuResistanceKPerW: f(0.11, 'K/W', 'M', '2U-class heatsink'),
  liquidCpuResistanceKPerW: f(0.06, 'K/W', 'M', 'cold plate of a CPU'),
  cpuPreheatK: f(4, 'K', 'D', 'air that reaches the CPUs above that at the inlet'),
  cpuTauS: f(25, 's', 'M', 'CPU heatsink'),
  cpuPerHost: f(2, '1', 'S', 'dual-socket GPU servers'),
  dimmIdleW: f(3, 'W', 'M', 'DDR5 RDIMM'),
  dimmActiveW: f(5, 'W', 'M', 'added at full traffic'),
  dimmsPerGpuHost: f(32, '1', 'S', 'DGX H100: 32 DIMMs, 2 TB'),
  dimmsPerCpuHost: f(16, '1', 'D', 'general-purpose server'),
  dimmErrorsPerHostDay: f(0.05, '1/d', 'D', 'corrected errors of a healthy site'),
  hbmErrorsPerGpuDay: f(0.01, '1/d', 'D', 'corrected errors of a healthy site'),
  nicIdleW: f(15, 'W', 'M', 'ConnectX-7 idle'),
  nicActiveW: f(10, 'W', 'M', 'added at line rate'),
  nicLineBytesPerS: f(50e9, 'B/s', 'C', '400 Gb/s'),
  boardW: f(150, 'W', 'D', 'board, BMC, drives'),
  nvswitchPerGpuW: f(35, 'W', 'M', 'NVSwitch power shared over 8 GPUs'),
  fanMaxPerGpuW: f(185, 'W', 'D', 'host fans at full speed, per GPU; cube law below'),
  fanMaxCpuHostW: f(90, 'W', 'D', 'host without GPUs'),
  fanFloorRatio: f(0.35, '1', 'D', 'lowest commanded speed'),
  fanStartTempC: f(45, 'C', 'D', 'hottest GPU at which fans leave the floor'),
  fanFullTempC: f(84, 'C', 'D', 'hottest GPU at which fans are full'),
  fanTauS: f(8, 's', 'D', 'controller and rotor'),
  fanMaxRpm: f(16_000, 'rpm', 'M', '80 mm counter-rotating server fan'),
  sinkSpeedExponent: f(0.4, '1', 'M', 'sink resistance falls with air speed, turbulent fins'),
  sinkSpeedRefRatio: f(0.7, '1', 'D', 'speed at which the resistance is quoted'),
  airflowMaxPerGpuM3PerS: f(0.0652, 'm3/s', 'S', 'DGX H100: 1,105 CFM over 8 GPUs'),
  airflowCpuHostM3PerS: f(0.05, 'm3/s', 'M', '1U server at full fan speed'),
  railVoltageV: f(12.1, 'V', 'D', 'main rail under load'),
  psuShareSpread: f(0.02, '1', 'D', 'current sharing between supplies'),
  powerFactor: f(0.98, '1', 'M', 'corrected supplies under load'),
  psuRatedW: f(3300, 'W', 'S', 'DGX H100 supplies'),
  psuRatedCpuHostW: f(1100, 'W', 'M', 'common server supply'),
  mainsVoltageV: f(230, 'V', 'D', 'line to neutral'),
  mainsSpreadV: f(3, 'V', 'D', 'swing over the day'),
  // power chain
  pduLossRatio: f(0.003, '1', 'M', 'copper and breakers of a rack PDU'),
  upsNoLoadRatio: f(0.012, '1', 'M', 'loss over rated power, no load'),
  upsLinearRatio: f(0.012, '1', 'M', 'loss over rated power, proportional'),
  upsSquareRatio: f(0.016, '1', 'M', 'loss over rated power, square'),
  batteryRuntimeFullLoadS: f(480, 's', 'M', 'lead-acid string at rated load'),
  batteryRechargeS: f(14_400, 's', 'M', 'empty to full; chargers of about 3 % of rated power'),
  // air and water
  airHeatJPerM3K: f(1206, 'J/(m3 K)', 'C', '1.2 kg/m3 x 1005 J/(kg K)'),
  waterHeatJPerKgK: f(4180, 'J/(kg K)', 'S', 'water'),
  rackTauS: f(55, 's', 'D', 'heat passes through the solids of the rack'),
  rackAirTauS: f(25, 's', 'D', 'cold-aisle air follows supply and leaks'),
  recirculationRatio: f(0.05, '1', 'M', 'hot air drawn back in a contained aisle'),
  recirculationSpread: f(0.03, '1', 'D', 'blanking panels differ from rack to rack'),
  recirculationPerDeficit: f(0.5, '1', 'D', 'hot air drawn when the CRAH delivers too little'),
  neighbourRatio: f(0.12, '1', 'D', 'share of the neighbours excess that spills over'),
  rackGradientK: f(1, 'K', 'D', 'top of the rack against its bottom'),
  crahSetpointC: f(20.5, 'C', 'D', 'supply set-point; keeps inlets in 20-26 C'),
  crahDroopK: f(1.2, 'K', 'D', 'supply rise at rated heat'),
  crahTauS: f(120, 's', 'M', 'coil and plenum'),
  crahDriftK: f(0.25, 'K', 'D', 'slow valve hunting'),
  crahDriftPeriodS: f(1700, 's', 'D', 'valve hunting'),
  crahReachRatio: f(0.35, '1', 'D', 'reach of a CRAH in units of the distance between CRAHs'),
  crahFanFloorRatio: f(0.3, '1', 'M', 'least speed of EC fans; below it air is not even'),
  crahFanRatedRatio: f(0.9, '1', 'D', 'speed at rated heat; the rest is reserve'),
  crahFanWPerRatedW: f(0.037, 'W/W', 'M', 'EC fans at full speed: 5.5 kW in a 150 kW unit'),
  cduSupplyC: f(32, 'C', 'M', 'warm-water set-point'),
  cduDroopK: f(3, 'K', 'D', 'approach at rated heat'),
  cduTauS: f(40, 's', 'D', 'loop volume and exchanger'),
  cduRatedRiseK: f(10, 'K', 'M', 'water through a CDU at its rating'),
  cduFlowFloorRatio: f(0.33, '1', 'D', 'least flow over that at its rating'),
  cduPumpWPerRatedW: f(0.003, 'W/W', 'M', 'pumps at full flow: 3 kW in a 1 MW unit'),
  liquidShareRatio: f(0.85, '1', 'M', 'heat of a direct-to-chip host that goes to the loop'),
  // ratings where the site gives none, over the most that hangs on a part
  crahMarginRatio: f(1.3, '1', 'D', 'N+1'),
  cduMarginRatio: f(1.2, '1', 'D', 'reserve'),
  upsMarginRatio: f(1.1, '1', 'D', 'carries its racks after loss of the other feed'),
  fullLoadEfficiency: f(0.93, '1', 'D', 'supply near full load'),
  chillerCop: f(5.5, '1', 'M', 'water-cooled plant with partial economiser'),
  switchIdleW: f(550, 'W', 'M', '400G TOR with optics'),
  // once cooling is lost
  crahRatedRiseK: f(12, 'K', 'M', 'air through a CRAH at its rating'),
  coilEffectiveness: f(0.75, '1', 'M', 'chilled-water coil'),
  coilWaterJPerKPerW: f(8, 'J/(K W)', 'M', 'about 2 l of water in coil and branch for each kW'),
  loopJPerKPerW: f(2.5, 'J/(K W)', 'M', 'about 0.6 l of secondary loop for each kW of a CDU'),
  hostMetalJPerK: f(52e3, 'J/K', 'C', '115 kg of steel, aluminium and copper at 0.45 kJ/(kg K)'),
  coldAisleM3: f(5, 'm3', 'C', 'half an aisle of 1.2 m and the plenum, for each rack'),
  roomAirM3: f(9, 'm3', 'C', 'hot aisle and the space above, for each rack'),
  wallWPerKPerRack: f(35, 'W/K', 'M', '5 m2 of floor and ceiling a rack at 7 W/(m2 K)'),
  wallJPerKPerRack: f(9e5, 'J/K', 'M', 'the first 10 cm of concrete of those'),
  hostOffInletC: f(52, 'C', 'M', 'upper non-recoverable threshold of inlet sensors'),
  hostOffSpreadK: f(3, 'K', 'D', 'firmware and places differ'),
  hostOffLoopC: f(80, 'C', 'C', 'CPU trips at 100 C, 20 K above its coolant at full load'),
  // and after
  heatReturnInletC: f(35, 'C', 'S', 'ASHRAE class A2: upper end of what is allowed'),
  heatReturnLoopC: f(45, 'C', 'S', 'ASHRAE class W45'),
  heatReturnS: f(600, 's', 'D', 'somebody sees that all is well again and powers on; not known'),
  bootS: f(120, 's', 'D', 'from power to an operating system that answers; servers take 2-10 min'),
  // sensors
  bmcTauS: f(3, 's', 'D', 'BMC averages its power reading'),
  bmcGainSpread: f(0.012, '1', 'D', 'hot-swap controller accuracy'),
  bmcStepW: f(4, 'W', 'D', 'resolution of the BMC power sensor'),
  inletTauS: f(15, 's', 'D', 'sensor in its plastic holder'),
  inletOffsetK: f(0.4, 'K', 'D', 'sensor accuracy'),
  outletGainSpread: f(0.008, '1', 'D', 'PDU metering accuracy class 1'),
  bmcNoiseRatio: f(0.002, '1', 'D', 'unit deviation of a reading'),
  inletNoiseK: f(0.1, 'K', 'D', 'unit deviation of a reading'),
  outletNoiseRatio: f(0.001, '1', 'D', 'unit deviation of a reading'),
  fanSpeedSpread: f(0.01, '1', 'D', 'rotors differ'),
  fanStepRpm: f(40, 'rpm', 'D', 'resolution of the tachometer'),
  psuStepW: f(4, 'W', 'D', 'resolution of supply readings'),
  mainsOwnV: f(0.5, 'V', 'D', 'feeds differ'),
  smClockStepMHz: f(15, 'MHz', 'S', 'supported clocks of nvidia-smi'),
  smClockIdleMHz: f(345, 'MHz', 'S', 'nvidia-smi of an idle H100'),
  dropoutsPerMinute: f(0.0003, '1/min', 'D', 'odds that a healthy exporter fails for a minute'),
  clockOffsetS: f(2e-4, 's', 'D', 'unit deviation; chrony keeps it under a millisecond'),
} as const satisfies Record<string, Figure>;

type FigureName = keyof typeof FIGURES;

/** The same figures as bare numbers, for formulas. */
export const F = Object.fromEntries(
  Object.entries(FIGURES).map(([name, figure]) => [name, figure.value]),
) as Readonly<Record<FigureName, number>>;

/** What the plant knows of a GPU model; temperatures in C, powers in W, clocks in Hz. */
export interface GpuFigures {
  readonly match: string;
  readonly modelName: string;
  readonly capW: number;
  readonly idleW: number;
  readonly clockMaxMHz: number;
  readonly memClockMHz: number;
  readonly memMiB: number;
  readonly maxOpTempC: number;
  readonly slowdownTempC: number;
  readonly shutdownTempC: number;
  /** Junction to coolant, K/W. */
  readonly resistanceKPerW: number;
  readonly pcieGen: number;
  readonly nvlinkBytesPerS: number;
  readonly source: string;
}

const g = (row: GpuFigures) => row;
/** First row whose `match` is part of the class id wins. */
const GPU_FIGURES: readonly GpuFigures[] = [
  ...[
    ['gb300', 'NVIDIA GB300', 1400, 180, 288 * 1024],
    ['gb200', 'NVIDIA GB200', 1200, 160, 189 * 1024],
    ['b300', 'NVIDIA B300 SXM6 AC', 1100, 150, 288 * 1024],
    ['b200', 'NVIDIA B200', 1000, 140, 180 * 1024],
  ].map(([match, modelName, capW, idleW, memMiB]) =>
    g({
      ...{ match: String(match), modelName: String(modelName), capW: Number(capW) },
      ...{ idleW: Number(idleW), memMiB: Number(memMiB), clockMaxMHz: 1965, memClockMHz: 3996 },
      ...{ maxOpTempC: 87, slowdownTempC: 89, shutdownTempC: 92, resistanceKPerW: 0.025 },
      ...{ pcieGen: 5, nvlinkBytesPerS: 900e9, source: 'M: product briefs; R of a cold plate' },
    }),
  ),
  ...[
    ['h200', 'NVIDIA H200', 143_771, 3201],
    ['h100', 'NVIDIA H100 80GB HBM3', 81_559, 2619],
  ].map(([match, modelName, memMiB, memClockMHz]) =>
    g({
      ...{ match: String(match), modelName: String(modelName), capW: 700, idleW: 72 },
      ...{ memMiB: Number(memMiB), clockMaxMHz: 1980, memClockMHz: Number(memClockMHz) },
      ...{ maxOpTempC: 87, slowdownTempC: 89, shutdownTempC: 92, resistanceKPerW: 0.068 },
      ...{ pcieGen: 5, nvlinkBytesPerS: 450e9, source: 'S: nvidia-smi of H100; R is M' },
    }),
  ),
  g({
    ...{ match: 'l40s', modelName: 'NVIDIA L40S', capW: 350, idleW: 36, clockMaxMHz: 2520 },
    ...{ memClockMHz: 9001, memMiB: 46_068, maxOpTempC: 87, slowdownTempC: 89 },
    ...{ shutdownTempC: 92, resistanceKPerW: 0.11, pcieGen: 4, nvlinkBytesPerS: 0 },
    source: 'S: nvidia-smi of L40S (cap, idle); R is M',
  }),
  g({
    ...{ match: 'a100', modelName: 'NVIDIA A100-SXM4-80GB', capW: 400, idleW: 60 },
    ...{ clockMaxMHz: 1410, memClockMHz: 1593, memMiB: 81_920, maxOpTempC: 85 },
    ...{ slowdownTempC: 89, shutdownTempC: 92, resistanceKPerW: 0.085, pcieGen: 4 },
    ...{ nvlinkBytesPerS: 300e9, source: 'S: nvidia-smi of A100; R is M' },
  }),
  g({
    ...{ match: 'mi300', modelName: 'AMD Instinct MI300X', capW: 750, idleW: 140 },
    ...{ clockMaxMHz: 2100, memClockMHz: 1300, memMiB: 196_592, maxOpTempC: 100 },
    ...{ slowdownTempC: 105, shutdownTempC: 110, resistanceKPerW: 0.07, pcieGen: 5 },
    ...{ nvlinkBytesPerS: 448e9, source: 'M: product brief' },
  }),
];

/** @throws RangeError when the plant knows no GPU like this. */
export function gpuFiguresOf(gpuClass: string): GpuFigures {
  const key = gpuClass.toLowerCase();
  const row = GPU_FIGURES.find(figures => key.includes(figures.match));
  if (row) return row;
  const known = GPU_FIGURES.map(figures => figures.match).join(', ');
  throw new RangeError(`gpuClass '${gpuClass}': the plant knows ${known}`);
}

/** Titanium supply at 230 V: efficiency over load, monotone between points. [S] 80 PLUS table. */
export const PSU_EFFICIENCY: readonly (readonly [load: number, efficiency: number])[] = [
  [0, 0.8],
  [0.1, 0.9],
  [0.2, 0.94],
  [0.5, 0.96],
  [1, 0.91],
];
