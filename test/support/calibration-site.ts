/** A small twin fed by machines whose true parameters are known, for tests of calibration. */
import { Board, Calibration, KIND_INDEX, signalIndex, Twin } from '../../twin/index.ts';
import { seededRandom, standardNormal } from '../../twin/physics/random.ts';
import type { Topology } from '../../twin/topology/topology.ts';
import { topologyOf } from './inventories.ts';

export const SITE_START_MS = 1_700_000_000_000;
const ROUND_S = 30;

/** What a host really does; a test may change it, or what its meter says of it. */
interface TrueHost {
  readonly id: string;
  readonly entity: number;
  restW: number;
  gainRatio: number;
  cpuSpanW: number;
  offsetK: number;
  /** Load of the GPUs and processors, 0-1; moves by itself. */
  load: number;
  cpu: number;
  /** What the BMC says instead of the truth. */
  reading: (powerW: number) => number;
}

interface CalibrationSite {
  readonly twin: Twin;
  readonly board: Board;
  readonly calibration: Calibration;
  readonly hosts: readonly TrueHost[];
  nowMs: number;
  /** One round: values, a tick, calibration. */
  step(): void;
  steps(count: number): void;
}

interface SiteOptions {
  readonly seed?: number;
  readonly noiseW?: number;
  readonly topology?: Topology;
  readonly board?: Board;
  /** GPU power readings catch a moment of a wave; the energy counters, where there are some, do not. */
  readonly waves?: 'without counters' | 'with counters';
}

export function calibrationSite(options: SiteOptions = {}): CalibrationSite {
  const { seed = 1, noiseW = 40, topology = topologyOf(), waves } = options;
  const energyJ = new Map<number, number>();
  const random = seededRandom(seed);
  const twin = new Twin(topology);
  const board = options.board ?? new Board({ halfLifeS: 86_400, blockS: 600 });
  const calibration = new Calibration(topology, board);
  const hosts = hostsOf(topology).map(entity => trueHost(topology, entity, random));
  const write = (signal: string, entity: number, value: number) =>
    twin.write(twin.state.ensureCell(signalIndex(signal), entity), entity, value, site.nowMs);
  const site: CalibrationSite = {
    ...{ twin, board, calibration, hosts, nowMs: SITE_START_MS },
    step() {
      site.nowMs += 1000 * ROUND_S;
      for (const crah of kindOf(topology, 'crah')) write('supplyTempC', crah, 18);
      for (const host of hosts) {
        moveLoad(host, random);
        const gpuW = writeGpus(topology, host, { random, write, waves, energyJ });
        const powerW = host.restW + host.gainRatio * gpuW + host.cpuSpanW * host.cpu;
        write('bmcPowerW', host.entity, host.reading(powerW + noiseW * standardNormal(random)));
        write('cpuUtilRatio', host.entity, host.cpu);
        write('inletTempC', host.entity, 18 + host.offsetK + 0.1 * standardNormal(random));
      }
      twin.tick(site.nowMs);
      for (const _ of calibration.round(twin.state, site.nowMs));
    },
    steps(count) {
      for (let k = 0; k < count; k++) site.step();
    },
  };
  return site;
}

interface Writing {
  readonly random: () => number;
  readonly write: (signal: string, entity: number, value: number) => void;
  readonly waves: SiteOptions['waves'];
  readonly energyJ: Map<number, number>;
}

/** @returns what the GPUs draw together, W */
function writeGpus(topology: Topology, host: TrueHost, of: Writing): number {
  const { random, write, waves, energyJ } = of;
  let sumW = 0;
  const { childStart, childList, kind } = topology;
  for (let c = childStart[host.entity]; c < childStart[host.entity + 1]; c++) {
    const gpu = childList[c];
    if (kind[gpu] !== KIND_INDEX.gpu) continue;
    const powerW = 80 + 600 * host.load + 5 * standardNormal(random);
    sumW += powerW;
    write('gpuPowerW', gpu, waves ? powerW * (random() < 0.5 ? 0.6 : 1.4) : powerW);
    energyJ.set(gpu, (energyJ.get(gpu) ?? 1e9) + powerW * ROUND_S);
    if (waves === 'with counters') write('gpuEnergyJ', gpu, energyJ.get(gpu) ?? 0);
    write('utilRatio', gpu, host.load);
    write('gpuTempC', gpu, Math.round(18 + host.offsetK + 4 + 0.06 * powerW));
  }
  return sumW;
}

/** A job every quarter of an hour or so, at another load; processors follow loosely. */
function moveLoad(host: TrueHost, random: () => number) {
  if (random() < 1 / 30) host.load = random();
  host.cpu = Math.min(1, Math.max(0, 0.6 * host.load + 0.4 * random()));
}

const kindOf = (topology: Topology, kind: 'host' | 'crah') => {
  const first = topology.kindStart[KIND_INDEX[kind]];
  const count = topology.kindStart[KIND_INDEX[kind] + 1] - first;
  return Array.from({ length: count }, (_, i) => first + i);
};

const hostsOf = (topology: Topology) => kindOf(topology, 'host');

const trueHost = (topology: Topology, entity: number, random: () => number): TrueHost => ({
  ...{ id: topology.ids[entity], entity },
  restW: 1200 + 400 * random(),
  gainRatio: 1.05 + 0.2 * random(),
  cpuSpanW: 400 + 300 * random(),
  offsetK: 1 + 3 * random(),
  ...{ load: random(), cpu: random(), reading: powerW => powerW },
});
