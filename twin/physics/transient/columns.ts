/**
 * The state of a transient simulation: flat columns, GPUs within hosts within racks in one order.
 *
 * A thermal pole is kept as the power that it passes on, W, not as its rise, K: the same numbers
 * give the energy in it (`tau * W`) and the rise (`R * W`), so that both agree to rounding.
 */

/** What GPUs of one class have in common. */
export interface GpuKind {
  readonly idleW: number;
  readonly maxW: number;
  /** Junction over coolant, K/W, of a GPU that nothing more is known of. */
  readonly resistanceKPerW: number;
  readonly slowdownTempC: number;
  readonly shutdownTempC: number;
  readonly leakPerK: number;
  readonly leakFromTempC: number;
  readonly dieShareRatio: number;
  readonly dieTauS: number;
  /** At the reference fan speed. */
  readonly sinkTauS: number;
  /** 0 for a cold plate: its resistance does not follow the fans. */
  readonly sinkSpeedExponent: number;
}

/** What air and solids of racks of one shape have in common. */
export interface RackKind {
  readonly airJPerK: number;
  readonly solidsJPerK: number;
  /** W/K between both for each W/K that the air carries: metal takes what blows past it. */
  readonly couplingRatio: number;
  /** The same with nothing blowing, W/K. */
  readonly stillCouplingWPerK: number;
}

export interface GpuColumns {
  readonly count: number;
  /** Draw of the work asked for, W, at a temperature without leakage. Set by the caller. */
  readonly targetW: Float32Array;
  readonly capW: Float32Array;
  /** Junction over coolant in the steady state at the reference fan speed, K/W. */
  readonly resistanceKPerW: Float32Array;
  /** Share of the work's time that follows the clock, 0-1. */
  readonly computeShare: Float32Array;
  /** Written where steps are short; a die that settles within a step holds its power. */
  readonly powerW: Float64Array;
  readonly dieW: Float64Array;
  readonly sinkW: Float64Array;
  /** Seconds of work lost to caps, throttling and shutdown. */
  readonly lostS: Float32Array;
  /** Simulated second at which it first throttled, and shut down; NaN: never. */
  readonly throttledAtS: Float32Array;
  readonly downAtS: Float32Array;
}

export interface HostColumns {
  readonly count: number;
  /** GPUs of host `h`: `gpuStart[h] .. gpuStart[h + 1]`. */
  readonly gpuStart: Int32Array;
  readonly rack: Int32Array;
  /** Index into `gpuKinds`, and of its curve in `psuInputs`. */
  readonly gpuKind: Uint8Array;
  readonly psuCurve: Uint8Array;
  /** Processors, memory, drives and NICs, W at the rails. Set by the caller. */
  readonly otherW: Float64Array;
  /** Output all its live PSUs are rated for together, W. */
  readonly psuRatedW: Float64Array;
  readonly fanMaxW: Float64Array;
  readonly fanRatio: Float64Array;
  readonly airflowMaxM3PerS: Float64Array;
  /** Above the air of the rack, K: its height in the rack. */
  readonly inletOffsetK: Float64Array;
  /** Part of its heat that goes into the liquid loop. */
  readonly liquidRatio: Float64Array;
  readonly gpuPowerW: Float64Array;
  /** That left the sinks of its GPUs, W. */
  readonly gpuHeatW: Float64Array;
  /** At its inlets, W. */
  readonly powerW: Float64Array;
  /** Hottest junction of the last step; the fans follow it. */
  readonly hottestC: Float64Array;
}

export interface RackColumns {
  readonly count: number;
  readonly hostStart: Int32Array;
  /** Index into `rackKinds`. */
  readonly kind: Uint16Array;
  /** Liquid loop, or -1. */
  readonly loop: Int32Array;
  /** One byte a rack: the one before it is its neighbour. */
  readonly isBesideLast: Uint8Array;
  /** Air supply that it hangs on. */
  readonly airSupply: Int32Array;
  /** Own exhaust in its intake, and exhaust of each neighbour. */
  readonly recirculation: Float64Array;
  readonly neighbourRatio: Float64Array;
  readonly airC: Float64Array;
  readonly solidsC: Float64Array;
  readonly exhaustC: Float64Array;
  /** Of its hosts at their inlets, W. */
  readonly powerW: Float64Array;
  readonly airHeatW: Float64Array;
  readonly liquidHeatW: Float64Array;
  readonly airflowWPerK: Float64Array;
  /** Heat that neighbours and the room bring it over its own exhaust, W. */
  readonly nearW: Float64Array;
}

/** Sets of CRAHs with the share of each: racks of a row have one in common. */
export interface AirSupplyColumns {
  readonly count: number;
  /** CRAHs of supply `s`: entries `crahStart[s] .. crahStart[s + 1]` of the next two. */
  readonly crahStart: Int32Array;
  readonly crah: Int32Array;
  readonly crahShare: Float64Array;
  /** Part of the air asked for that each gives, by entry; their sum; and how warm they blow it. */
  readonly crahPart: Float64Array;
  readonly metRatio: Float64Array;
  readonly supplyC: Float64Array;
  /** What racks breathe for the air that is missing: exhaust of all of them, mixed. */
  readonly roomC: Float64Array;
  /** Of all its racks together. */
  readonly removedW: Float64Array;
  readonly airflowWPerK: Float64Array;
}

export interface CrahColumns {
  readonly count: number;
  readonly setpointC: Float64Array;
  readonly limitW: Float64Array;
  /** 1: runs; 0: stands still. Set by the caller. */
  readonly fanRatio: Float64Array;
  /** One byte a unit: 0 once its cold water is lost, which then only warms. Set by the caller. */
  readonly hasWater: Uint8Array;
  /** Water in its coil and pipes; 0: not known. */
  readonly waterJPerK: Float64Array;
  /** Air that it can blow at most; 0: not known. */
  readonly ratedWPerK: Float64Array;
  /** Of its fans at that, and now, W; 0 where the one or the other is not known. */
  readonly fanMaxW: Float64Array;
  readonly fanW: Float64Array;
  readonly supplyC: Float64Array;
  /** The heat of its own fans with it, W. */
  readonly removedW: Float64Array;
  readonly airflowWPerK: Float64Array;
}

/** Liquid loops, one a CDU. */
export interface LoopColumns {
  readonly count: number;
  readonly waterC: Float64Array;
  readonly supplyC: Float64Array;
  readonly heatJPerK: Float64Array;
  readonly exchangeWPerK: Float64Array;
  /** 1: pumps run; 0: they stand still, see `stopPump`. */
  readonly flowRatio: Float64Array;
  /** One byte a loop: 0 once its facility water is lost. Set by the caller. */
  readonly hasWater: Uint8Array;
  /** Water and metal that a pump which stands still leaves out, J/K, and how warm they are. */
  readonly asideJPerK: Float64Array;
  readonly asideC: Float64Array;
  /** Heat that facility water takes at most; infinite: whatever comes. Set by the caller. */
  readonly limitW: Float64Array;
  /** Heat that it is built for, and what its pumps take at that, and now, W. */
  readonly ratedW: Float64Array;
  readonly pumpMaxW: Float64Array;
  readonly pumpW: Float64Array;
  /** That of its pumps with it, W. */
  readonly heatW: Float64Array;
  readonly removedW: Float64Array;
}

/** UPSs, PDUs and all above hosts that loses something, consumers before suppliers. */
export interface ChainColumns {
  readonly count: number;
  /** Hosts in a row that hang on the same supplies: run `r` is `runHost[r] .. runHost[r + 1]`. */
  readonly runHost: Int32Array;
  /** Supplies of a host of run `r`: entries `runStart[r] .. runStart[r + 1]` of the next two. */
  readonly runStart: Int32Array;
  readonly hostSupply: Int32Array;
  readonly hostShare: Float64Array;
  readonly parentStart: Int32Array;
  readonly parent: Int32Array;
  readonly share: Float64Array;
  /** `loss = noLoadW + (linear + squarePerW P) P`, P what it gives on. */
  readonly noLoadW: Float64Array;
  readonly linear: Float64Array;
  readonly squarePerW: Float64Array;
  /** Into each of them, losses included, W. */
  readonly inputW: Float64Array;
}

/** Energies since the start, J. */
export interface EnergyLedger {
  /** Into the top of the power chain, and into fans and pumps of cooling units. */
  inJ: number;
  /** Lost in PDUs, UPSs and transformers, and gone with the air of their rooms. */
  chainLossJ: number;
  airRemovedJ: number;
  liquidRemovedJ: number;
}

export interface TransientState {
  /** Simulated seconds. */
  nowS: number;
  readonly gpuKinds: readonly GpuKind[];
  readonly rackKinds: readonly RackKind[];
  /** Of each kind: whether its dies settled within the last step. */
  readonly isDieSettled: Uint8Array;
  /** Input over rated output at loads 0, 1/64 ... 2, one curve after the other. */
  readonly psuInputs: Float64Array;
  readonly gpus: GpuColumns;
  readonly hosts: HostColumns;
  readonly racks: RackColumns;
  readonly airSupplies: AirSupplyColumns;
  readonly crahs: CrahColumns;
  readonly loops: LoopColumns;
  readonly chain: ChainColumns;
  readonly ledger: EnergyLedger;
  /** Entity of each row, where the state was built from a topology. */
  readonly entities: {
    readonly gpu: Int32Array;
    readonly host: Int32Array;
    readonly rack: Int32Array;
    readonly crah: Int32Array;
    readonly loop: Int32Array;
    readonly chain: Int32Array;
  };
}
