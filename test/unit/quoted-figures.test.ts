/** Every number that docs/models.md prints as the models' own, against the models. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { continuousPoles, gainMargin, sampledPoles } from '../../twin/physics/control/loop.ts';
import { pueOfRacks, shareForPue } from '../../twin/physics/energy/pue.ts';
import { stealRatio } from '../../twin/physics/host/cpu.ts';
import { serversFor } from '../../twin/physics/host/queue.ts';
import { mfuRatio } from '../../twin/physics/network/iteration.ts';
import { pathLatencyS } from '../../twin/physics/network/tiers.ts';
import { breakerRating } from '../../twin/physics/power/breaker.ts';
import { simulateAvailability } from '../../twin/physics/reliability/availability.ts';
import { concurrentMigrations, healingFigures } from '../../twin/physics/reliability/self-heal.ts';
import { fewestHosts } from '../../twin/place/bin-bound.ts';
import { publishedModels } from '../../twin/published/index.ts';
import { classById } from '../../twin/tables/classes.ts';
import { FABRICS } from '../../twin/tables/fabrics.ts';
import { LIMITS } from '../../twin/tables/limits.ts';
import {
  OUTER_LOOP_FACTOR,
  PERIOD_MAX_RATIO,
  TEMPERATURE_PLANT,
  TUNED_GAINS,
} from '../../twin/tables/physics/control.ts';
import { REDUNDANCY } from '../../twin/tables/physics/reliability.ts';

const ask = (kind: string, input: object, output: string): number => {
  const value = publishedModels.get(kind)?.answer(input)[output];
  assert.ok(typeof value === 'number', `${kind} gives no ${output}`);
  return value;
};

const fixed = (digits: number) => (value: number) => value.toFixed(digits);
const significant = (digits: number) => (value: number) =>
  String(Number(value.toPrecision(digits)));
const grouped = (value: number) => Math.round(value).toLocaleString('en-US');
const percent = (value: number) => (100 * value).toFixed(1);

const figureOf = (id: string, name: string) => {
  const value = classById(id)?.figures[name]?.value;
  assert.ok(value !== undefined, `${id} has no ${name}`);
  return value;
};
const limitOf = (id: string) => {
  const row = LIMITS.find(each => each.id === id);
  assert.ok(row, `no limit ${id}`);
  return row;
};

const tauS = TEMPERATURE_PLANT.tauS.value;
const periodS = TEMPERATURE_PLANT.periodS.value;
const QUOTED = { kp: 0.1, kiPerS: 0.01 };
const plant = (gain: number) => ({ gain, tauS });
const tuned = { kp: TUNED_GAINS.kpGHzPerC.value, kiPerS: TUNED_GAINS.kiGHzPerCS.value };

const margin = (delaySamples: number, integratesFirst: boolean) =>
  gainMargin(tauS, QUOTED, { periodS, delaySamples, integratesFirst }).toFixed(0);

const sumOfPoles = (gain: number) =>
  continuousPoles(plant(gain), QUOTED).poles.reduce((sum, pole) => sum + pole.re, 0);

/** Gain at which the continuous loop has a property that grows with it, by halving. */
function gainAt(grown: (gain: number) => boolean): number {
  let [low, high] = [0, 1000];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (grown(middle)) high = middle;
    else low = middle;
  }
  return high;
}

const GB2 = 2e9 / 2 ** 20;
const onHosts = (nodes: number, algo: string, nicsPerNode: number) =>
  ask(
    'allreduce',
    {
      ...{ gpu: 'A100-SXM', gpusPerNode: 8 / nodes, nodes, algo, payloadMiB: GB2 },
      ...{ nicsPerNode, nicGbps: 100 },
    },
    'timeMs',
  );
const worse = () => fixed(1)(onHosts(2, 'ring', 4) / onHosts(1, 'auto', 4));

const racks = (powerKw: number) => fewestHosts({ powerKw: 256 }, { powerKw }, { powerKw: 2 });

const twins = (ratio: number) => {
  const part = { mttrH: 4, mtbfH: (4 * 0.9995) / 0.0005, needs: [] };
  const load = { id: 'load', mttrH: 1, mtbfH: Number.POSITIVE_INFINITY };
  const graph = {
    parts: [
      { ...part, id: 'a' },
      { ...part, id: 'b' },
      { ...load, needs: [{ atLeast: 1, of: ['a', 'b'] }] },
    ],
    commonCauses: [{ of: ['a', 'b'], ratio }],
    serves: 'load',
  };
  const said = simulateAvailability(graph, { paths: 200_000 });
  return (said.unavailabilityRatio * 365 * 86400).toFixed(0);
};

const LLAMA = {
  ...{ gpus: 16384, gpusPerNode: 8, days: 54 },
  byCause: {
    ...{ faulty_gpu: 148, hbm3: 72, software_bug: 54, switch_cable: 35, host_maintenance: 32 },
    ...{ gpu_sram: 19, gpu_system_processor: 17, nic: 7, nccl_watchdog: 7, ssd: 3, psu: 3 },
    ...{ silent_data_corruption: 6, gpu_thermal_sensor: 6, chassis: 2, io_board: 2 },
    ...{ dependency: 2, cpu: 2, system_memory: 2 },
  },
};
const mttfH = (gpus: number, output: string) =>
  ask('mttf', { gpus, gpusPerNode: 8, failuresPer1000NodeDays: 6.5 }, output);
const ettr = (writeS: number, restartMin: number) => {
  const job = { gpus: 16384, gpusPerNode: 8, failuresPer1000NodeDays: 3.79 };
  return ask('ettr', { ...job, writeS, restartMin, intervalMin: 'optimal' }, 'ettrRatio');
};

/** Part of a normal distribution below so many standard deviations, by Simpson's rule. */
function normalBelow(sigmas: number): number {
  const density = (x: number) => Math.exp(-x * x * 0.5) / Math.sqrt(2 * Math.PI);
  const [steps, from] = [2000, -8];
  const width = (sigmas - from) / steps;
  let sum = density(from) + density(sigmas);
  for (let i = 1; i < steps; i++) sum += (i % 2 ? 4 : 2) * density(from + i * width);
  return (sum * width) / 3;
}

/** The numbers of the third column in their order, by the first column; none where it says "-". */
const FIGURES: Readonly<Record<string, () => readonly string[]>> = {
  'control period': () => {
    const sampling = { periodS: 60, delaySamples: 0 };
    const { spectralRadius } = sampledPoles(plant(50), QUOTED, sampling);
    assert.ok(OUTER_LOOP_FACTOR.value >= 4);
    return [
      ...[(2 * Math.PI * tauS).toFixed(0), (PERIOD_MAX_RATIO.value * tauS).toFixed(0)],
      ...['60', fixed(2)(spectralRadius)],
    ];
  },
  'sign of the clock loop': () => {
    const wrong = continuousPoles(plant(50), { kp: -0.1, kiPerS: -0.01 }).dominant;
    const right = continuousPoles(plant(50), QUOTED).dominant;
    return [`+${fixed(3)(wrong.re)}`, fixed(3)(right.re), fixed(3)(right.im)];
  },
  'poles of the clock loop': () => {
    const sum = gainAt(gain => sumOfPoles(gain) <= -0.2 + 1e-12);
    // The product of -0.1 + 0.2i and -0.1 - 0.2i is 0.05.
    const product = gainAt(gain => {
      const [a, b] = continuousPoles(plant(gain), QUOTED).poles;
      return a.re * b.re - a.im * b.im >= 0.05;
    });
    const ki = gainAt(
      thousandths =>
        continuousPoles(plant(50), { kp: 0.1, kiPerS: thousandths / 1000 }).dominant.im >= 0.2,
    );
    return [sum.toFixed(0), product.toFixed(0), '50', fixed(2)(ki / 1000)];
  },
  'sampling and stability': () => {
    const radii = [25, 50, 75, 100, 125, 150].map(
      gain => sampledPoles(plant(gain), tuned, { periodS, delaySamples: 1 }).spectralRadius,
    );
    const most = Math.ceil(1000 * Math.max(...radii)) / 1000;
    return [
      ...[margin(0, false), margin(1, false), margin(0, true), margin(1, true)],
      ...[fixed(3)(most), '25', '150'],
    ];
  },
  'condition of stability': () => [],
  'GPU temperature alarm': () => {
    const gpu = 'h100-sxm5-80gb';
    const { figure = '', plus = 0 } = limitOf('gpuTempWarn').fromClass ?? {};
    const act = limitOf('gpuTempAct').fromClass?.figure ?? '';
    const temps = [
      ...[figureOf(gpu, figure) + plus, figureOf(gpu, act)],
      ...[figureOf(gpu, 'slowdownTempC'), figureOf(gpu, 'shutdownTempC')],
    ];
    return temps.map(String);
  },
  'power of an eight-GPU host': () => [
    grouped(8 * figureOf('h100-sxm5-80gb', 'powerMaxW')),
    grouped(figureOf('dgx-h100', 'powerMaxW')),
  ],
  'power alarm, cap, limit': () => [],
  'splitting a host': () => {
    const [small, large] = [16, 32].map(ratedA => breakerRating(ratedA, 220, 1).continuousW);
    const savedKw = figureOf('dgx-a100', 'powerMaxW') / 1000 - 2 * 3.2;
    return [fixed(1)(savedKw), '16', '220', grouped(small), '32', grouped(large)];
  },
  'two hosts a rack': () => [fixed(1)(2 * 5.6), fixed(1)(0.9 * 12)],
  'racks for 128 hosts of 2 kW': () =>
    [racks(12), racks(0.9 * 12), 90, racks(0.8 * 12), 80].map(String),
  'racks for 150 hosts of 3.2 kW': () => {
    const needed = fewestHosts({ powerKw: 480 }, { powerKw: 15 }, { powerKw: 3.2 });
    return [String(needed), String(needed - 20)];
  },
  'spare UPS capacity': () => {
    const modules = fewestHosts({ powerKw: 480 }, { powerKw: 200 });
    return ['600', ((100 * 480) / 600).toFixed(0), String(modules), '1', '200'];
  },
  'heat of a DGX H100': () => {
    const input = { maxPowerW: 10200, airflowCfm: 1105, airTempC: 20 };
    return [grouped(ask('server_air', input, 'heatBtuPerH')), grouped(input.maxPowerW)];
  },
  'PUE of a mix': () => {
    const parts = [
      { itShareRatio: 0.4, pue: 1.09 },
      { itShareRatio: 0.6, pue: 1.25 },
    ];
    const shares = [1.14, 1.15].map(target => shareForPue(target, 1.09, 1.25) ?? 0);
    return [
      ...[fixed(3)(ask('pue_mix', { parts }, 'pue')), '1.14', percent(shares[0])],
      ...['1.15', percent(shares[1])],
    ];
  },
  'PUE as a constraint': () => {
    assert.equal(limitOf('pue').hard, false);
    return [String(limitOf('pue').value)];
  },
  growth: () => [grouped(500 * (1 + 3)), grouped(500 + 450)],
  'premium of liquid cooling': () => [],
  'all-reduce of 2 GB, one host or two': () => [
    ...[fixed(1)(onHosts(1, 'auto', 4)), '8', '2', '4', '100'],
    ...[onHosts(2, 'ring', 1).toFixed(0), '4', fixed(1)(onHosts(2, 'ring', 4))],
    ...[fixed(1)(onHosts(2, 'tree', 4)), '12', ((2 * (7 / 8) * 2e9) / 0.012 / 1e9).toFixed(0)],
  ],
  'cost of communication': () => [worse(), '2', '4'],
  'gain of one host': () => [worse()],
  'latency of switches': () => [1, 3].map(hops => fixed(0)(pathLatencyS(hops) * 1e6)),
  'PCIe peer to peer': () => {
    const row = FABRICS.find(each => each.hostClass === 'dgx-a100');
    assert.equal(row?.pcieGen, 4);
    return [fixed(1)(row.pcieBytesPerS / 1e9)];
  },
  'cores of an A100 SM': () => [],
  'CPU steal': () => [
    ...[percent(stealRatio(3, 0.42)), percent(stealRatio(2.5, 0.42)), '42'],
    // The printed formula: all weights but one's own, less what is left of the host.
    (100 * (3 - 1)).toFixed(0),
  ],
  'latency target of inference': () => {
    const servers = [2, 3, 4].map(ms =>
      serversFor({ arrivalPerS: 5000, serviceS: ms / 1000 }, { withinS: 0.02, lateShare: 0.01 }),
    );
    const meanMs = 20 / Math.log(100);
    for (const [factor, isPossible] of [
      [1.001, false],
      [0.999, true],
    ] as const) {
      const load = { arrivalPerS: 5000, serviceS: (factor * meanMs) / 1000 };
      const found = serversFor(load, { withinS: 0.02, lateShare: 0.01 });
      assert.equal(found !== undefined, isPossible);
    }
    return [...servers.map(String), '2', '3', '4', fixed(2)(meanMs)];
  },
  P99: () => [percent(normalBelow(2))],
  'fan tone': () => [(20_000 / 60).toFixed(0)],
  'three nines a day': () => [fixed(1)(86400 * 0.001), fixed(1)(86400 * 0.0005), '99.95'],
  'time to repair': () => {
    const { fastPathS, fastPathRatio, meanS } = healingFigures();
    return [fixed(0)(fastPathS), percent(fastPathRatio), grouped(meanS), '4'];
  },
  "copying a host's work": () => [
    ...[((60 * 10) / 8).toFixed(0), '8', '80', ((8 * 80 * 8) / 10).toFixed(0)],
  ],
  'migrations at once': () => [String(concurrentMigrations(0.5, 60)), '60'],
  'accuracy of prediction': () => [],
  'share of GPU failures': () => [
    percent(148 / 419),
    percent(ask('interruptions', LLAMA, 'gpuShareRatio')),
  ],
  'time to failure of a job': () => [
    ...[fixed(1)(mttfH(1024, 'mttfH')), '1,024', fixed(1)(mttfH(1024, 'measuredMttfH'))],
    ...[fixed(2)(mttfH(16384, 'mttfH')), '16,384'],
  ],
  'effective training time': () => [
    ...[fixed(3)(ettr(10, 5)), '10', '5', fixed(3)(ettr(30, 10)), '30', '10'],
  ],
  '2N supply': () => {
    const shared = REDUNDANCY.commonCauseRatio.value;
    return [twins(0), twins(shared), significant(2)(100 * shared)];
  },
  'training efficiency': () => {
    const peakFlops = figureOf('h100-sxm5-80gb', 'peakFlops');
    return [430e12, 400e12, 380e12].map(flops =>
      percent(mfuRatio({ flopsPerStep: flops, gpus: 1, peakFlops }, 1)),
    );
  },
  'replication by consensus': () => [],
  'commit over shards': () => [],
  'clocks by PTP': () => [],
  'undefined figures': () => [],
};

const PAGE = readFileSync(new URL('../../docs/models.md', import.meta.url), 'utf8');

/** Rows of the table under a heading, as cells. */
function tableUnder(heading: string): string[][] {
  const section = PAGE.split(`\n## ${heading}\n`)[1]?.split(/\n##+ /)[0] ?? '';
  return section
    .split('\n')
    .filter(line => line.startsWith('|'))
    .slice(2)
    .map(line =>
      line
        .split('|')
        .slice(1, -1)
        .map(cell => cell.trim()),
    );
}

/** Numbers that stand alone: not the 100 of H100, nor the 1 of N+1 or the 2 of 2π; 0.2i is one. */
const numbersIn = (text: string) =>
  text
    .match(/(?<![\w.,+-]|N\+)[+-]?\d[\d,]*(?:\.\d+)?(?!(?!i\b)[\p{L}\d_])/gu)
    ?.map(each => each.replace(/,$/, '')) ?? [];

const ROWS = tableUnder('Commonly quoted figures');

test('every row of the table is checked, and every check has its row', () => {
  assert.deepEqual(
    ROWS.map(([what]) => what),
    Object.keys(FIGURES),
  );
  for (const row of ROWS) {
    assert.equal(row.length, 4, row[0]);
    assert.ok(
      row.every(cell => cell.length > 0),
      row[0],
    );
  }
});

for (const [what, , gives] of ROWS) {
  test(`${what}: what is printed is what the models give`, () => {
    const expected = FIGURES[what]?.() ?? ['no such row'];
    assert.deepEqual(numbersIn(gives), expected);
    if (gives === '-') assert.deepEqual(expected, []);
  });
}

test('liquid racks would have to be 3.3 times as dense for the quoted PUE', () => {
  const densest = (factor: number) =>
    pueOfRacks([
      { rackCount: 40, rackW: factor * 10_000, pue: 1.09 },
      { rackCount: 60, rackW: 10_000, pue: 1.25 },
    ]);
  assert.equal(densest(3.3).toFixed(4), '1.1400');
  assert.match(ROWS.find(([what]) => what === 'PUE of a mix')?.[3] ?? '', /3\.3 times/);
});
