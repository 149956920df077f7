/**
 * Power of a host that no meter reports, from what its GPUs draw.
 *
 * `power/host.ts` goes part by part and is no substitute: it needs the parts of a class, which not
 * all have, and how hard each works, which nobody reports of a host without a meter; and its idle
 * power is a sum of parts where the class has that of the whole.
 */
import { componentOf, type HardwareClass } from '../tables/catalogue.ts';

export interface HostPowerModel {
  readonly gpuCount: number;
  readonly gpuIdleW: number;
  readonly gpuMaxW: number;
  /** Everything but the GPUs, idle and at the maximum of the host. */
  readonly otherIdleW: number;
  readonly otherMaxW: number;
  /** Nameplate, W: what must be assumed of a host that says nothing at all. */
  readonly powerMaxW: number;
}

/**
 * The model of a host class, or undefined where the catalogue lacks a figure.
 * @param host class with `powerMaxW` and `powerIdleW` (both of the whole host, at its inlets)
 */
export function hostPowerModel(
  host: HardwareClass,
  classOf: (id: string) => HardwareClass | undefined,
): HostPowerModel | undefined {
  const powerMaxW = host.figures.powerMaxW?.value;
  if (powerMaxW === undefined) return undefined;
  const gpus = componentOf(host, 'gpu');
  const gpu = gpus?.class ? classOf(gpus.class) : undefined;
  const gpuCount = gpus?.count ?? 0;
  const gpuIdleW = gpu?.figures.powerIdleW?.value ?? 0;
  const gpuMaxW = gpu?.figures.powerMaxW?.value ?? 0;
  const otherMaxW = Math.max(0, powerMaxW - gpuCount * gpuMaxW);
  const idleW = host.figures.powerIdleW?.value ?? otherMaxW / 2 + gpuCount * gpuIdleW;
  const otherIdleW = Math.min(otherMaxW, Math.max(0, idleW - gpuCount * gpuIdleW));
  return { gpuCount, gpuIdleW, gpuMaxW, otherIdleW, otherMaxW, powerMaxW };
}

/**
 * Host power, W, for the power its GPUs draw together: the rest of the host (CPUs, fans, memory,
 * conversion) follows the GPUs linearly between its idle and its maximum.
 */
export function hostPowerW(model: HostPowerModel, gpuPowerW: number): number {
  const idleW = model.gpuCount * model.gpuIdleW;
  const spanW = model.gpuCount * (model.gpuMaxW - model.gpuIdleW);
  const load = spanW > 0 ? Math.min(1, Math.max(0, (gpuPowerW - idleW) / spanW)) : 0;
  return gpuPowerW + model.otherIdleW + load * (model.otherMaxW - model.otherIdleW);
}
