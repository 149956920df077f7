/** The laboratory in columns: what differs from part to part, and what changes every second. */
import { spread } from '../plant/random.ts';
import type { Parameters } from './figures.ts';
import { CRAHS, type Layout } from './layout.ts';
import { STREAM } from './streams.ts';

/** Inner step of the physics, s. Lags are solved exactly over it. */
export const STEP_S = 1;

/** Share of the way to its target that a first-order lag goes in one step. */
export const lagRatio = (tauS: number) => 1 - Math.exp(-STEP_S / tauS);

export interface State {
  readonly seed: number;
  readonly layout: Layout;
  readonly p: Parameters;
  /** Seconds since the start. */
  nowS: number;
  readonly gpu: GpuColumns;
  readonly host: HostColumns;
  readonly psu: { readonly shareRatio: Float64Array; readonly inputW: Float64Array };
  /** Indexed as PDUs: rack * 2 + feed. */
  readonly pdu: { readonly powerW: Float64Array; readonly torW: Float64Array };
  readonly feedPowerW: Float64Array;
  readonly rack: RackColumns;
  readonly crah: CrahColumns;
}

interface GpuColumns {
  readonly idleW: Float64Array;
  readonly spanW: Float64Array;
  /** Junction to intake, without fans and dust. */
  readonly resistanceKPerW: Float64Array;
  /** Dynamic power asked for, relative to the span; set by `load.ts`. */
  readonly demandRatio: Float64Array;
  readonly utilRatio: Float64Array;
  readonly smRatio: Float64Array;
  readonly powerW: Float64Array;
  readonly dieRiseK: Float64Array;
  readonly sinkRiseK: Float64Array;
  readonly tempC: Float64Array;
  readonly sensedTempC: Float64Array;
}

interface HostColumns {
  readonly baseW: Float64Array;
  /** Fixed difference of its intake from the rack's: place and leaks. */
  readonly inletOffsetK: Float64Array;
  readonly foulingPerDay: Float64Array;
  readonly cpuRatio: Float64Array;
  readonly cpuPowerW: Float64Array;
  readonly gpuPowerW: Float64Array;
  readonly fanRatio: Float64Array;
  readonly dcPowerW: Float64Array;
  readonly powerW: Float64Array;
  readonly airflowM3PerS: Float64Array;
  readonly inletTempC: Float64Array;
  readonly exhaustTempC: Float64Array;
  readonly sensedPowerW: Float64Array;
  readonly sensedInletC: Float64Array;
  readonly sensedExhaustC: Float64Array;
}

interface RackColumns {
  readonly powerW: Float64Array;
  /** Heat held by the solids, J. */
  readonly storedJ: Float64Array;
  readonly heatW: Float64Array;
  readonly inletTempC: Float64Array;
  readonly exhaustTempC: Float64Array;
  /** Share of the inlet of r that is the exhaust of s: entry r * racks + s. */
  readonly recirculation: Float64Array;
}

interface CrahColumns {
  readonly supplyTempC: Float64Array;
  readonly returnTempC: Float64Array;
  readonly phaseRad: Float64Array;
}

const zeros = (count: number) => new Float64Array(count);

export function createState(layout: Layout, seed: number, p: Parameters): State {
  const { racks } = layout;
  const around = (stream: number, ratio: number) => (part: number) =>
    1 + ratio * spread(seed, stream, part);
  const start = p.crahSetpointC + 1;
  return {
    ...{ seed, layout, p, nowS: 0 },
    gpu: gpuColumns(layout, p, around),
    host: hostColumns(layout, { p, seed, start }),
    psu: {
      shareRatio: filled(layout.psus, around(STREAM.psuShare, p.psuShareSpread)),
      inputW: zeros(layout.psus),
    },
    pdu: {
      powerW: zeros(2 * racks),
      torW: filled(2 * racks, at => (p.torW / 2) * around(STREAM.torShare, 0.05)(at)),
    },
    feedPowerW: zeros(2),
    rack: {
      ...{ powerW: zeros(racks), storedJ: zeros(racks), heatW: zeros(racks) },
      ...{ inletTempC: zeros(racks).fill(start), exhaustTempC: zeros(racks).fill(start + 15) },
      recirculation: recirculationOf(racks, seed, p),
    },
    crah: {
      ...{ supplyTempC: zeros(CRAHS).fill(start), returnTempC: zeros(CRAHS).fill(start + 15) },
      phaseRad: filled(CRAHS, at => Math.PI * spread(seed, STREAM.crahPhase, at)),
    },
  };
}

const filled = (count: number, of: (at: number) => number) =>
  Float64Array.from({ length: count }, (_, at) => of(at));

type Around = (stream: number, ratio: number) => (part: number) => number;

function gpuColumns({ gpus }: Layout, p: Parameters, around: Around): GpuColumns {
  const part = (value: number, stream: number, ratio: number) =>
    filled(gpus, at => value * around(stream, ratio)(at));
  return {
    idleW: part(p.gpuIdleW, STREAM.gpuIdle, 0.06),
    spanW: part(p.gpuSpanW, STREAM.gpuSpan, 0.04),
    resistanceKPerW: part(p.gpuResistanceKPerW, STREAM.gpuResistance, 0.06),
    ...{ demandRatio: zeros(gpus), utilRatio: zeros(gpus), smRatio: zeros(gpus) },
    ...{ powerW: zeros(gpus).fill(p.gpuIdleW), dieRiseK: zeros(gpus), sinkRiseK: zeros(gpus) },
    ...{ tempC: zeros(gpus).fill(35), sensedTempC: zeros(gpus).fill(35) },
  };
}

interface Drawn {
  readonly p: Parameters;
  readonly seed: number;
  readonly start: number;
}

function hostColumns({ hosts }: Layout, { p, seed, start }: Drawn): HostColumns {
  const perRack = 4;
  const place = (host: number) => (host % perRack) / (perRack - 1) - 0.5;
  return {
    baseW: filled(hosts, at => p.hostBaseW * (1 + 0.05 * spread(seed, STREAM.hostBase, at))),
    inletOffsetK: filled(
      hosts,
      at => p.gradientK * place(at) + 0.4 * spread(seed, STREAM.hostInlet, at),
    ),
    foulingPerDay: filled(
      hosts,
      at => p.foulingPerDay * (1 + 0.6 * spread(seed, STREAM.hostFouling, at)),
    ),
    ...{ cpuRatio: zeros(hosts), cpuPowerW: zeros(hosts), gpuPowerW: zeros(hosts) },
    ...{ fanRatio: zeros(hosts).fill(0.5), dcPowerW: zeros(hosts), powerW: zeros(hosts) },
    ...{ airflowM3PerS: zeros(hosts).fill(0.25), inletTempC: zeros(hosts).fill(start) },
    ...{ exhaustTempC: zeros(hosts).fill(start + 15), sensedPowerW: zeros(hosts) },
    ...{ sensedInletC: zeros(hosts).fill(start), sensedExhaustC: zeros(hosts).fill(start + 15) },
  };
}

function recirculationOf(racks: number, seed: number, p: Parameters): Float64Array {
  return filled(racks * racks, entry => {
    const apart = Math.abs(Math.floor(entry / racks) - (entry % racks));
    const usual =
      apart === 0 ? p.recirculationOwn : apart === 1 ? p.recirculationNext : p.recirculationFar;
    // blanking panels and tiles differ from place to place
    return usual * (1 + 0.5 * spread(seed, STREAM.recirculation, entry));
  });
}
