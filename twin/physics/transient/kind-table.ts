/** Kinds of GPU and curves of PSUs of a transient simulation, from the classes of a topology. */
import { PSU_RATINGS } from '../../tables/physics/power.ts';
import { AIR, GPU_AIR_RC, GPU_LIQUID_RC, LEAKAGE } from '../../tables/physics/thermal.ts';
import { TRANSIENT } from '../../tables/physics/transient.ts';
import type { Topology } from '../../topology/topology.ts';
import { psuCurve, psuLossRatio } from '../power/psu.ts';
import type { GpuKind } from './columns.ts';
import { PSU_LOADS } from './hosts.ts';
import { firstOf } from './reading.ts';

/** Made as hosts ask for them. */
export class KindTable {
  readonly gpuKinds: GpuKind[] = [];
  /** Curves one after the other, each at `PSU_LOADS`. */
  readonly psuInputs: number[] = [];
  readonly #topology: Topology;
  readonly #kindOf = new Map<string, number>();
  readonly #curveOf = new Map<number, number>();

  constructor(topology: Topology) {
    this.#topology = topology;
  }

  /** @param isLiquid whether the GPUs of this host stand under cold plates */
  gpuKind(classIndex: number, isLiquid: boolean): number {
    const key = `${classIndex} ${isLiquid}`;
    const known = this.#kindOf.get(key);
    if (known !== undefined) return known;
    const figures = this.#topology.classes[classIndex]?.figures ?? {};
    const rc = isLiquid ? GPU_LIQUID_RC : GPU_AIR_RC;
    const maxW = firstOf(figures.powerMaxW?.value, 0);
    this.gpuKinds.push({
      idleW: firstOf(figures.powerIdleW?.value, 0),
      maxW,
      resistanceKPerW: rc.totalKPerW.value,
      slowdownTempC: firstOf(figures.slowdownTempC?.value, TRANSIENT.slowdownTempC.value),
      shutdownTempC: firstOf(figures.shutdownTempC?.value, TRANSIENT.shutdownTempC.value),
      leakPerK: LEAKAGE.perK.value,
      leakFromTempC: LEAKAGE.fromTempC.value,
      dieShareRatio: rc.dieRatio.value,
      dieTauS: rc.dieTauS.value,
      sinkTauS: rc.sinkTauS.value,
      sinkSpeedExponent: isLiquid ? 0 : -AIR.sinkSpeedExponent.value,
    });
    this.#kindOf.set(key, this.gpuKinds.length - 1);
    return this.gpuKinds.length - 1;
  }

  psuCurve(classIndex: number): number {
    const known = this.#curveOf.get(classIndex);
    if (known !== undefined) return known;
    const figures = this.#topology.classes[classIndex]?.figures ?? {};
    const hasCurve = figures.efficiency20Ratio && figures.efficiency50Ratio;
    const curve = psuCurve(hasCurve ? figures : PSU_RATINGS.titanium);
    for (const load of PSU_LOADS) this.psuInputs.push(load + psuLossRatio(curve, load));
    const at = this.#curveOf.size;
    this.#curveOf.set(classIndex, at);
    return at;
  }
}
