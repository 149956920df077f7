/**
 * Constants of the laboratory, with unit, mark and source, and how far each may lie from its value:
 * `spread` 0.2 draws it anew for every seed within +-20 %. It has figures of its own on purpose:
 * sharing the twin's would let a wrong constant confirm itself.
 *
 * Marks: S seen in a public text; M from memory; C computed; D chosen for this simulation.
 */
import type { Figure, Mark } from '../plant/figures.ts';
import { spread } from '../plant/random.ts';
import { STREAM } from './streams.ts';

interface DrawnFigure extends Figure {
  /** Share of the value by which it may differ from seed to seed, uniformly. */
  readonly spread: number;
}

type Row = readonly [value: number, unit: string, mark: Mark, source: string];

const drawn = (...[value, unit, mark, source]: Row): DrawnFigure => ({
  ...{ value, unit, mark, source },
  spread: 0.2,
});

const fixed = (...row: Row): DrawnFigure => ({ ...drawn(...row), spread: 0 });

/** For temperatures and the like, where a fifth of a Celsius value means nothing. */
const within = (ratio: number, ...row: Row): DrawnFigure => ({ ...drawn(...row), spread: ratio });

export const FIGURES = {
  // GPU
  gpuIdleW: drawn(80, 'W', 'M', 'H100 SXM without work, 70-110 W'),
  gpuSpanW: drawn(550, 'W', 'D', 'added by full demand; 700 W cap above it'),
  gpuCapW: fixed(700, 'W', 'S', 'H100 SXM data sheet'),
  loadExponent: drawn(1.1, '1', 'D', 'dynamic power over the intensity of kernels'),
  leakPerK: drawn(0.008, '1/K', 'M', 'static power and part of the dynamic, above leakFromTempC'),
  leakFromTempC: within(0.05, 60, 'C', 'M', 'temperature above which leakage shows'),
  leakDynamicRatio: drawn(0.25, '1', 'D', 'part of dynamic power that leaks too'),
  gpuResistanceKPerW: drawn(0.068, 'K/W', 'M', 'junction to intake air at the reference fan speed'),
  dieRatio: drawn(0.2, '1', 'D', 'share of the resistance in die and lid'),
  dieTauS: drawn(0.5, 's', 'M', 'die and lid'),
  sinkTauS: drawn(32, 's', 'M', 'vapour chamber and fins'),
  sinkSpeedExponent: drawn(0.4, '1', 'M', 'sink resistance falls with air speed, turbulent fins'),
  sinkSpeedRefRatio: fixed(0.7, '1', 'D', 'fan speed at which the resistance is quoted'),
  preheatK: drawn(1, 'K', 'D', 'each pair of slots breathes the air of the pair before'),
  throttleFromTempC: fixed(87, 'C', 'S', 'H100 SXM max operating temperature'),
  throttlePerK: drawn(0.06, '1/K', 'D', 'dynamic power given up for each kelvin above'),
  foulingPerDay: drawn(0.012, '1/d', 'D', 'dust: growth of the sink resistance'),
  // host
  hostBaseW: drawn(820, 'W', 'D', 'board, drives, DIMMs, NICs and NVSwitches without traffic'),
  hostTrafficW: drawn(260, 'W', 'D', 'added by full traffic of DIMMs, NICs, NVSwitches'),
  cpuIdleW: drawn(190, 'W', 'M', 'two server processors at idle'),
  cpuSpanW: drawn(510, 'W', 'M', 'two of 350 W at full load'),
  fanMaxW: drawn(1400, 'W', 'M', 'all fans at full speed'),
  fanExponent: within(0.1, 2.9, '1', 'M', 'fan law: cube, less where static pressure is constant'),
  fanFloorRatio: drawn(0.35, '1', 'D', 'lowest commanded speed'),
  fanStartTempC: within(0.1, 45, 'C', 'D', 'hottest GPU at which fans leave the floor'),
  fanFullTempC: within(0.03, 84, 'C', 'D', 'hottest GPU at which fans are full'),
  fanTauS: drawn(8, 's', 'D', 'controller and rotor'),
  airflowMaxM3PerS: drawn(0.56, 'm3/s', 'S', 'DGX H100: 1,105 CFM at 80 %'),
  // supplies: loss over rated output = a + b x + c x^2
  psuRatedW: fixed(3300, 'W', 'S', 'DGX H100 supplies'),
  psuNoLoadRatio: drawn(0.01, '1', 'C', 'with the next two: Titanium, .90/.94/.96 at 10/20/50 %'),
  psuLinearRatio: drawn(0.008, '1', 'C', 'see above'),
  psuSquareRatio: drawn(0.03, '1', 'C', 'see above'),
  psuShareSpread: drawn(0.02, '1', 'D', 'current sharing between supplies'),
  // power chain
  torW: drawn(520, 'W', 'M', '400G TOR with optics'),
  pduRatedW: fixed(57_500, 'W', 'C', '100 A, three phases, 415 V, 80 %'),
  pduLossRatio: drawn(0.008, '1', 'D', 'loss over rated power at rated load; square law'),
  buswayRatedW: fixed(460_000, 'W', 'C', '800 A, three phases, 415 V, 80 %'),
  buswayLossRatio: drawn(0.006, '1', 'D', 'loss over rated power at rated load; square law'),
  // air
  airHeatJPerM3K: fixed(1206, 'J/(m3 K)', 'C', '1.2 kg/m3 x 1005 J/(kg K)'),
  rackTauS: drawn(55, 's', 'D', 'heat passes through the solids of the rack'),
  aisleTauS: drawn(70, 's', 'D', 'cold-aisle air follows supply and what comes back'),
  recirculationOwn: drawn(0.055, '1', 'M', 'share of a rack inlet that is its own exhaust'),
  recirculationNext: drawn(0.018, '1', 'D', 'share that is the exhaust of each neighbour'),
  recirculationFar: drawn(0.003, '1', 'D', 'share of each rack further off'),
  gradientK: drawn(1.2, 'K', 'D', 'top of the rack against its bottom'),
  crahSetpointC: within(0.05, 20.5, 'C', 'D', 'supply set-point'),
  crahRatedW: fixed(300_000, 'W', 'D', 'heat of one unit at its design point'),
  crahDroopK: drawn(1.4, 'K', 'D', 'supply rise at rated heat'),
  crahTauS: drawn(120, 's', 'M', 'coil and plenum'),
  crahWaveK: drawn(0.6, 'K', 'D', 'valve hunting, amplitude'),
  crahWaveS: drawn(2100, 's', 'D', 'valve hunting, period'),
  crahDayK: drawn(0.6, 'K', 'D', 'warmer supply in the afternoon, amplitude'),
  // sensors
  powerGainSpread: fixed(0.01, '1', 'D', 'metering accuracy class 1'),
  powerNoiseRatio: fixed(0.02, '1', 'D', 'standard deviation of every power reading'),
  tempOffsetK: fixed(0.4, 'K', 'D', 'sensor accuracy'),
  tempNoiseK: fixed(0.15, 'K', 'D', 'before rounding to a kelvin'),
  gpuTempTauS: drawn(2, 's', 'D', 'driver-side averaging of the GPU temperature'),
  bmcTauS: drawn(5, 's', 'D', 'BMC averages its power reading'),
  inletTauS: drawn(20, 's', 'D', 'sensor in its plastic holder'),
  dropoutRatio: drawn(0.003, '1', 'D', 'odds that an exporter misses a tick'),
  outageRatio: drawn(0.0008, '1', 'D', 'odds that it is silent for ten minutes, each ten minutes'),
} as const satisfies Record<string, DrawnFigure>;

type ParameterName = keyof typeof FIGURES;
export type Parameters = Readonly<Record<ParameterName, number>>;

/** What stands in the site of this seed. */
export function drawParameters(seed: number): Parameters {
  const rows = Object.entries(FIGURES).map(([name, figure], at) => [
    name,
    figure.value * (1 + figure.spread * spread(seed, STREAM.parameter, at)),
  ]);
  return Object.fromEntries(rows) as Parameters;
}
