/** What placement needs to know of every host of a topology, worked out once a generation. */
import { hostPowerModel } from '../physics/host-power.ts';
import { KIND_INDEX } from '../tables/kinds.ts';
import type { Topology } from '../topology/topology.ts';
import { ancestorOfKind, childrenOfKind } from '../topology/walk.ts';

/** Columns over the hosts in entity order; entry `i` is host entity `firstHost + i`. */
export interface HostTable {
  readonly firstHost: number;
  readonly count: number;
  /** Class of the host's GPUs, as an index into `topology.classes`; -1: none. */
  readonly gpuClass: Int16Array;
  /** GPUs of a host are one run of entities. */
  readonly firstGpu: Int32Array;
  readonly gpuCount: Int32Array;
  /** What one more busy GPU adds to its host, fans and conversion included; NaN: unknown. */
  readonly perGpuW: Float64Array;
  /** Power with all GPUs idle, and the most the machine takes; NaN and Infinity where unknown. */
  readonly idleW: Float64Array;
  readonly maxW: Float64Array;
  readonly rack: Int32Array;
  /** Position of the host in the power plane and of its rack in the cooling plane, or -1. */
  readonly powerPosition: Int32Array;
  readonly coolingPosition: Int32Array;
}

export function hostTable(topology: Topology): HostTable {
  const firstHost = topology.kindStart[KIND_INDEX.host];
  const count = topology.kindStart[KIND_INDEX.host + 1] - firstHost;
  const table = {
    firstHost,
    count,
    gpuClass: new Int16Array(count).fill(-1),
    firstGpu: new Int32Array(count),
    gpuCount: new Int32Array(count),
    perGpuW: new Float64Array(count).fill(Number.NaN),
    idleW: new Float64Array(count).fill(Number.NaN),
    maxW: new Float64Array(count).fill(Number.POSITIVE_INFINITY),
    rack: new Int32Array(count),
    powerPosition: new Int32Array(count),
    coolingPosition: new Int32Array(count),
  };
  const figuresOf = classFigures(topology);
  for (let i = 0; i < count; i++) {
    const host = firstHost + i;
    const gpus = childrenOfKind(topology, host, KIND_INDEX.gpu);
    table.rack[i] = ancestorOfKind(topology, host, 'rack');
    table.powerPosition[i] = topology.planes.power.positionOf[host];
    table.coolingPosition[i] = topology.planes.cooling.positionOf[table.rack[i]] ?? -1;
    table.firstGpu[i] = gpus[0] ?? -1;
    table.gpuCount[i] = gpus.length;
    if (gpus.length === 0) continue;
    table.gpuClass[i] = topology.classIndex[gpus[0]];
    const figures = figuresOf(topology.classIndex[host], table.gpuClass[i]);
    table.perGpuW[i] = figures.perGpuW;
    table.idleW[i] = figures.idleW;
    table.maxW[i] = figures.maxW;
  }
  return table;
}

/**
 * Nameplate figures of a host class with GPUs of a class. One GPU from idle to its maximum takes
 * its part of what fans, processors and conversion add between idle and maximum.
 */
function classFigures(topology: Topology) {
  const { classes } = topology;
  const byId = new Map(classes.map(row => [row.id, row]));
  const models = classes.map(row => hostPowerModel(row, id => byId.get(id)));
  return (hostClass: number, gpuClass: number) => {
    const model = models[hostClass];
    const gpu = classes[gpuClass]?.figures;
    const gpuSpanW = (gpu?.powerMaxW?.value ?? Number.NaN) - (gpu?.powerIdleW?.value ?? Number.NaN);
    if (!model) return { perGpuW: gpuSpanW, idleW: Number.NaN, maxW: Number.POSITIVE_INFINITY };
    const otherW = (model.otherMaxW - model.otherIdleW) / Math.max(1, model.gpuCount);
    return {
      perGpuW: gpuSpanW + otherW,
      idleW: model.otherIdleW + model.gpuCount * model.gpuIdleW,
      maxW: model.powerMaxW,
    };
  };
}
