/**
 * The simulated plant loses cooling or supply while a twin that knew only its readings says
 * beforehand what will come: power and temperatures over a quarter of an hour, and what throttles.
 */
import { pino } from 'pino';
import * as reading from '../../scenarios/plant/readings.ts';
import { inject, type Simulation } from '../../scenarios/plant/simulation.ts';
import { type PlantSite, smallSite } from '../../scenarios/plant/site.ts';
import { startCalibration } from '../../server/calibration/calibration.ts';
import { calibrationConfig } from '../../server/calibration/config.ts';
import { createLiveTwin, type LiveTwin } from '../../server/live-twin.ts';
import type { Trust } from '../../server/trust.ts';
import { courseKnowledge } from '../../server/whatif/knowledge.ts';
import { parseWhatIf, signalIndex, type WhatIfAnswer, whatIf } from '../../twin/index.ts';
import { topologyOf } from './inventories.ts';
import {
  createPlant,
  hottest,
  liquidSite,
  PLANT_START_MS,
  runPlant as run,
  total,
} from './plant.ts';

const ROUND_S = 30;
const HORIZON_S = 900;
/** Waves of training last some seconds, which no answer tells. */
const MEAN_S = 60;

interface FailingSetup {
  readonly name: string;
  readonly site: (seed: number) => PlantSite;
  /** Kind of fault of the plant, and what the twin is told to fail. */
  readonly faults: readonly (readonly [kind: string, entity: string])[];
  readonly fails: readonly string[];
}

const air = (hostsPerRack: number) => (seed: number) => smallSite({ hostsPerRack, seed });

const liquid = (seed: number) => liquidSite(3, seed);

const CRAHS = ['row-1-crah-1', 'row-1-crah-2'];
const of = (kind: string, ...entities: string[]) => entities.map(id => [kind, id] as const);

export const FAILING_SETUPS: readonly FailingSetup[] = [
  {
    ...{ name: 'both CRAHs, 2 hosts a rack', site: air(2) },
    ...{ faults: of('crahStopped', ...CRAHS), fails: CRAHS },
  },
  {
    ...{ name: 'both CRAHs, 4 hosts a rack', site: air(4) },
    ...{ faults: of('crahStopped', ...CRAHS), fails: CRAHS },
  },
  {
    ...{ name: 'one CRAH of two', site: air(4) },
    ...{ faults: of('crahStopped', CRAHS[0]), fails: [CRAHS[0]] },
  },
  {
    ...{ name: 'cold water of all CRAHs', site: air(4) },
    ...{ faults: of('crahWaterLost', ...CRAHS), fails: ['chiller-1'] },
  },
  {
    ...{ name: 'facility water of a CDU', site: liquid },
    ...{ faults: of('cduWaterLost', 'cdu-1'), fails: ['chiller-2'] },
  },
  {
    ...{ name: 'one UPS of two', site: air(4) },
    ...{ faults: of('upsFailed', 'ups-a'), fails: ['ups-a'] },
  },
  {
    ...{ name: 'the grid', site: air(4) },
    ...{ faults: of('upsOnBattery', 'ups-a', 'ups-b'), fails: ['grid'] },
  },
];

function inventoryOf(simulation: Simulation) {
  const { layout, state } = simulation;
  const { site } = layout;
  const wet = site.cdus.length > 0;
  const rated = (kind: 'crah' | 'cdu', index: number) => state[kind].ratedW[index];
  const own = (kind: 'crah' | 'cdu', id: string, index: number, parent: string) => ({
    ...{ id: `plant-${id}`, kind, extends: parent },
    figures: {
      coolingLimitW: Math.round(rated(kind, index)),
      // 0.6 l of water for each kilowatt, as the plant holds
      ...(kind === 'cdu' ? { loopVolumeM3: (2.5 * rated(kind, index)) / 4.18e6 } : {}),
    },
  });
  return {
    site: {
      id: 's',
      utilityFeeds: [{ id: 'grid', class: 'utility-10mw' }],
      upses: site.upses.map(({ id }) => ({ id, class: 'ups-500kw' })),
      chillers: ['chiller-1', ...(wet ? ['chiller-2'] : [])].map(id => ({
        ...{ id, class: 'chiller-2mw' },
      })),
      halls: [
        {
          id: 'hall-1',
          crahs: site.crahs.map(({ id }) => ({ id, class: `plant-${id}` })),
          cdus: site.cdus.map(({ id }) => ({ id, class: `plant-${id}` })),
          rows: [
            {
              id: 'row-1',
              racks: site.racks.map(({ id }) => ({
                ...{ id, class: 'rack-air-60kw' },
                pdus: site.pdus.filter(pdu => pdu.rack === id).map(pdu => ({ id: pdu.id })),
                hosts: site.hosts
                  .filter(host => host.rack === id)
                  .map(host => ({ id: host.id, class: wet ? 'wet-b200' : 'dgx-h100' })),
              })),
            },
          ],
        },
      ],
    },
    classes: [
      ...site.crahs.map(({ id }, i) => own('crah', id, i, 'crah-100kw')),
      ...site.cdus.map(({ id }, i) => own('cdu', id, i, 'cdu-row-1mw')),
      {
        ...{ id: 'wet-b200', kind: 'host', extends: 'dgx-b200' },
        ...{ traits: { cooling: 'liquid' }, figures: { liquidHeatRatio: 0.85 } },
      },
    ],
    power: [
      { kind: 'ups', to: '*', from: 'grid' },
      ...site.pdus.map(pdu => ({ kind: 'pdu', to: pdu.id, from: pdu.ups ?? '' })),
      ...site.hosts.flatMap(host =>
        host.psuFeeds.map((cord, i) => ({ kind: 'psu', to: `${host.id}/psu${i}`, from: cord.pdu })),
      ),
    ],
    cooling: [
      ...site.racks.flatMap(rack =>
        rack.cdu ? [{ kind: 'rack', to: rack.id, from: rack.cdu }] : [],
      ),
      { kind: 'rack', to: '*', from: 'row-1-crah-*' },
      { kind: 'crah', to: '*', from: 'chiller-1' },
      ...(wet ? [{ kind: 'cdu', to: '*', from: 'chiller-2' }] : []),
    ],
  };
}

/** What its exporters would say now. */
function tellReadings({ layout, state }: Simulation, s: Simulation, live: LiveTwin) {
  const { site } = layout;
  const { topology } = live.twin;
  const put = (id: string, signal: string, value: number) => {
    const entity = topology.indexOf(id);
    const cell = live.twin.state.ensureCell(signalIndex(signal), entity);
    live.write(cell, entity, value, live.clock.now());
  };
  site.hosts.forEach((host, h) => {
    put(host.id, 'bmcPowerW', reading.bmcPowerW(s, h));
    put(host.id, 'inletTempC', reading.inletTempC(s, h));
    put(host.id, 'cpuUtilRatio', state.host.cpuRatio[h]);
    for (let g = layout.gpuStart[h]; g < layout.gpuStart[h + 1]; g++) {
      const id = `${host.id}/gpu${g - layout.gpuStart[h]}`;
      put(id, 'gpuPowerW', reading.gpuPowerW(s, g));
      put(id, 'gpuTempC', reading.gpuTempC(s, g));
      put(id, 'gpuEnergyJ', state.gpu.energyJ[g]);
    }
  });
  site.crahs.forEach(({ id }, k) => {
    put(id, 'supplyTempC', Math.round(10 * state.crah.supplyTempC[k]) / 10);
  });
  site.cdus.forEach(({ id }, k) => {
    put(id, 'supplyTempC', Math.round(10 * state.cdu.supplyTempC[k]) / 10);
  });
  site.pdus.forEach(({ id }, p) => {
    put(id, 'pduPowerW', Math.round(state.pdu.powerW[p] / 10) * 10);
  });
  site.upses.forEach(({ id }, u) => {
    const load = state.ups.outputW[u] / state.ups.ratedW[u];
    put(id, 'batteryRuntimeS', Math.round((480 * state.ups.chargeRatio[u]) / load));
  });
}

interface TrueCourse {
  /** At the instants of the answer; power as the mean of the minute before. */
  readonly powerW: number[];
  readonly inletTempC: number[];
  readonly gpuTempC: number[];
  /** Seconds after the failure; infinite: not within the horizon. */
  readonly throttlesAtS: number;
  readonly shutsDownAtS: number;
  readonly darkAtS: number;
}

interface Told {
  readonly answer: WhatIfAnswer;
  readonly truth: TrueCourse;
}

/** @param learnS telemetry that the twin has seen before it is asked, s */
export async function failAndAsk(setup: FailingSetup, seed: number, learnS = 3600): Promise<Told> {
  const simulation = createPlant({ site: setup.site(seed) });
  const clock = { nowMs: PLANT_START_MS, now: () => clock.nowMs, speed: 1 };
  const live = createLiveTwin(topologyOf(inventoryOf(simulation)), clock);
  const config = calibrationConfig.parse({ everyS: 3600 });
  const log = pino({ level: 'silent' });
  const calibration = startCalibration({ live, config, log });
  for (let atS = 0; atS < learnS; atS += ROUND_S) {
    run(simulation, ROUND_S);
    clock.nowMs += 1000 * ROUND_S;
    tellReadings(simulation, simulation, live);
    live.tick();
    await calibration.round();
  }
  const { state, limits } = live.twin;
  const learned = courseKnowledge(state, { calibration } as unknown as Trust);
  const changes = setup.fails.map(entity => ({ fail: { entity } }));
  const request = parseWhatIf({ kind: 'WhatIf', horizonS: HORIZON_S, changes });
  if (!request.ok) throw new Error(JSON.stringify(request.problems));
  const answer = whatIf({ state, limits, learned }, request.value);
  await calibration.stop();
  // Who starts and ends a job is another question than what a failure does.
  simulation.book.isHeld = true;
  if (!answer.ok) throw new Error(JSON.stringify(answer.problems));
  for (const [kind, entity] of setup.faults) {
    const done = inject(simulation, { id: `${kind} ${entity}`, kind, entity });
    if (!done.ok) throw new Error(done.reason);
  }
  const timesS = answer.value.course?.halls[0].points.map(point => point.atS) ?? [];
  return { answer: answer.value, truth: follow(simulation, timesS) };
}

function follow(simulation: Simulation, timesS: readonly number[]): TrueCourse {
  const { state } = simulation;
  const powerW: number[] = [];
  const inletTempC: number[] = [];
  const gpuTempC: number[] = [];
  const never = Number.POSITIVE_INFINITY;
  const slowBefore = total(state.gpu.thermalThrottledS);
  const onBefore = total(state.host.poweredOn);
  let [throttlesAtS, shutsDownAtS, darkAtS] = [never, never, never];
  const last: number[] = [];
  for (let atS = 0; ; atS++) {
    last.push(total(state.rack.powerW));
    if (last.length > MEAN_S) last.shift();
    if (timesS.includes(atS)) {
      powerW.push(last.reduce((a, b) => a + b) / last.length);
      inletTempC.push(hottest(state.rack.inletTempC));
      gpuTempC.push(hottest(state.gpu.tempC));
    }
    if (total(state.gpu.thermalThrottledS) > slowBefore) throttlesAtS = Math.min(throttlesAtS, atS);
    if (total(state.gpu.offByHeat) > 0) shutsDownAtS = Math.min(shutsDownAtS, atS);
    if (total(state.host.poweredOn) < onBefore) darkAtS = Math.min(darkAtS, atS);
    if (atS >= timesS[timesS.length - 1]) break;
    run(simulation, 1);
  }
  return { powerW, inletTempC, gpuTempC, throttlesAtS, shutsDownAtS, darkAtS };
}

export interface CourseScore {
  /** Told less true at the minutes after the failure; GPUs until the first of them goes off. */
  readonly inletK: number[];
  readonly gpuK: number[];
  /** Over the power before. */
  readonly powerRatio: number[];
  /** Parts of those minutes with the truth inside the band. */
  readonly inside: { readonly inlet: number[]; readonly gpu: number[]; readonly power: number[] };
  /** First work lost to heat, s: told, its band, and true; infinite: none. */
  readonly firstLossS: { told: number; low: number; high: number; true: number };
}

export function scoreOf({ answer, truth }: Told): CourseScore {
  const { course } = answer;
  if (!course) throw new Error('no course');
  const { points } = course.halls[0];
  const trueLossS = Math.min(truth.throttlesAtS, truth.shutsDownAtS, truth.darkAtS);
  const goneAtS = Math.min(truth.shutsDownAtS, truth.darkAtS);
  const score: CourseScore = {
    ...{ inletK: [], gpuK: [], powerRatio: [], inside: { inlet: [], gpu: [], power: [] } },
    firstLossS: {
      told: least(course.timeToThrottleS.value, course.timeToShutdownS.value),
      low: least(course.timeToThrottleS.low, course.timeToShutdownS.low),
      high: least(course.timeToThrottleS.high, course.timeToShutdownS.high),
      true: trueLossS,
    },
  };
  const isIn = (band: { low: number; high: number }, value: number) =>
    value >= band.low && value <= band.high ? 1 : 0;
  points.forEach(({ atS, powerW, inletTempC, gpuTempC }, i) => {
    if (i === 0) return;
    score.inletK.push(inletTempC.value - truth.inletTempC[i]);
    score.inside.inlet.push(isIn(inletTempC, truth.inletTempC[i]));
    score.powerRatio.push((powerW.value - truth.powerW[i]) / points[0].powerW.value);
    score.inside.power.push(isIn(powerW, truth.powerW[i]));
    if (!gpuTempC || atS >= goneAtS) return;
    score.gpuK.push(gpuTempC.value - truth.gpuTempC[i]);
    score.inside.gpu.push(isIn(gpuTempC, truth.gpuTempC[i]));
  });
  return score;
}

const least = (a: number | null, b: number | null) =>
  Math.min(a ?? Number.POSITIVE_INFINITY, b ?? Number.POSITIVE_INFINITY);
