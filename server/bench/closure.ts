/**
 * `bench closure`: the closure over all planes, in full and of what 10,000 changed entities reach,
 * and whole ticks of as many: values aged, derived, closed and judged.
 *
 * Changes are spread over the site. 10,000 hosts of four a rack reach two racks in five; 10,000
 * entities that report as hosts do, each with its GPUs, are about 1,100 hosts.
 */
import {
  closeChanged,
  closePlane,
  KIND_INDEX,
  markOwn,
  PLANE_IDS,
  type PlaneChanges,
  type PlaneId,
  planeChanges,
  signalIndex,
  stateHash,
  type Twin,
} from '../../twin/index.ts';
import { calibrate, cpuSecondsOf, machine, median } from './machine.ts';
import { plausible, referenceSite } from './reference-site.ts';
import type { BenchResult, BenchSize } from './result.ts';

const RUNS = 9;
/** Until the loops are compiled for what they meet. */
const WARM_UPS = 9;
const CHANGED = 10_000;
const GPUS_PER_HOST = 8;

export async function benchClosure(size: BenchSize): Promise<BenchResult> {
  const startedAt = performance.now();
  const { twin, nowMs } = referenceSite(size);
  const readyS = (performance.now() - startedAt) / 1000;
  const hosts = new Changes(twin, CHANGED, nowMs);
  const wholeHosts = new Changes(twin, Math.round(CHANGED / (1 + GPUS_PER_HOST)), nowMs);
  const figures = {
    tickCpuMs: medianMs(() => hosts.tick(['bmcPowerW'], [])),
    tickOfWholeHostsCpuMs: medianMs(() => wholeHosts.tick(HOST_SIGNALS, GPU_SIGNALS)),
    entities: twin.topology.count,
    stateMB: twin.state.byteLength / 1e6,
    rssMB: process.memoryUsage.rss() / 1e6,
    closureFullCpuMs: medianMs(() => closeAll(twin)),
    closureIncrementalCpuMs: medianMs(() => hosts.close()),
    closureIncrementalOfWholeHostsCpuMs: medianMs(() => wholeHosts.close()),
    readyS,
  };
  return {
    name: 'closure',
    params: { size, hosts: countOf(twin, 'host'), gpus: countOf(twin, 'gpu'), changed: CHANGED },
    figures,
    machine: machine(),
    calibration: calibrate(),
    hash: stateHash(twin.state),
  };
}

const countOf = (twin: Twin, kind: 'host' | 'gpu') =>
  twin.topology.kindStart[KIND_INDEX[kind] + 1] - twin.topology.kindStart[KIND_INDEX[kind]];

/** @param run does one round and gives the CPU seconds of the part that counts */
function medianMs(run: () => number): number {
  for (let i = 0; i < WARM_UPS; i++) run();
  return 1000 * median(Array.from({ length: RUNS }, run));
}

const closeAll = (twin: Twin) =>
  cpuSecondsOf(() => {
    for (const id of PLANE_IDS) closePlane(twin.state.planes[id]);
  });

const HOST_SIGNALS = ['bmcPowerW', 'inletTempC', 'cpuUtilRatio', 'netRxBytesPerS'];
const GPU_SIGNALS = ['gpuPowerW', 'gpuTempC', 'utilRatio', 'smClockHz'];

/** Rounds of new readings of a number of hosts, spread evenly; other hosts each round. */
class Changes {
  readonly #twin: Twin;
  readonly #step: number;
  readonly #marks: Readonly<Record<PlaneId, PlaneChanges>>;
  /** Rounds differ from one of these to the next, or one would find done what the other did. */
  static #rounds = 0;
  readonly #startMs: number;
  #nowMs: number;
  #round = 0;

  constructor(twin: Twin, count: number, startMs: number) {
    this.#twin = twin;
    this.#step = Math.max(1, Math.floor(countOf(twin, 'host') / count));
    this.#startMs = startMs;
    this.#nowMs = startMs;
    const marks = PLANE_IDS.map(id => [id, planeChanges(twin.state.closure.planes[id])] as const);
    this.#marks = Object.fromEntries(marks) as Record<PlaneId, PlaneChanges>;
  }

  /** Hosts of the next round. */
  #next(): number[] {
    const first = this.#twin.topology.kindStart[KIND_INDEX.host];
    const count = countOf(this.#twin, 'host');
    const hosts: number[] = [];
    this.#round = ++Changes.#rounds;
    this.#nowMs = this.#startMs + 1000 * this.#round;
    for (let i = this.#round % this.#step; i < count; i += this.#step) hosts.push(first + i);
    return hosts;
  }

  tick(hostSignals: readonly string[], gpuSignals: readonly string[]): number {
    const { childStart, childList, kind } = this.#twin.topology;
    for (const host of this.#next()) {
      for (const signal of hostSignals) this.#write(signal, host);
      if (gpuSignals.length === 0) continue;
      for (let i = childStart[host]; i < childStart[host + 1]; i++) {
        if (kind[childList[i]] !== KIND_INDEX.gpu) continue;
        for (const signal of gpuSignals) this.#write(signal, childList[i]);
      }
    }
    return cpuSecondsOf(() => this.#twin.tick(this.#nowMs));
  }

  #write(signal: string, entity: number) {
    const cell = this.#twin.state.ensureCell(signalIndex(signal), entity);
    this.#twin.write(cell, entity, plausible(signal, entity + this.#round), this.#nowMs);
  }

  /** The closure alone, on all planes: new power of hosts, and the heat that follows in racks. */
  close(): number {
    const { positionOf } = this.#twin.topology.planes.power;
    for (const host of this.#next()) {
      const powerW = plausible('bmcPowerW', host + this.#round);
      markOwn(this.#marks.power, positionOf[host], powerW, this.#nowMs);
    }
    const powerS = this.#closePlane('power');
    this.#heatRacks();
    return powerS + this.#closePlane('cooling') + this.#closePlane('network');
  }

  #closePlane(id: PlaneId): number {
    return cpuSecondsOf(() => closeChanged(this.#twin.state.planes[id], this.#marks[id]));
  }

  #heatRacks() {
    const { power, cooling } = this.#twin.state.planes;
    const { pulled, pulledCount } = this.#marks.power;
    for (let i = 0; i < pulledCount; i++) {
      const entity = power.shape.plane.entities[pulled[i]];
      if (this.#twin.topology.kind[entity] !== KIND_INDEX.rack) continue;
      const position = cooling.shape.plane.positionOf[entity];
      markOwn(this.#marks.cooling, position, power.load[pulled[i]], this.#nowMs);
    }
  }
}
