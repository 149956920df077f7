/** A small site for the comparison of sensors, with readings made here: known truth, seeded noise. */
import { Agreement, type AgreementPlan, planAgreement, signalIndex } from '../../twin/index.ts';
import { topologyFrom } from './inventories.ts';

const RACKS = 4;
const HOSTS = 4;
const GPUS = 4;
const PSUS = 2;
export const ROUND_S = 60;

/** @param cooling units, and what they cool */
export function agreementTopology(
  cooling: { readonly crahs?: object[]; readonly cooling?: object[] } = {},
) {
  const document = {
    apiVersion: 'orrery/v1',
    kind: 'Inventory',
    metadata: { name: 'agreement' },
    classes: [
      {
        id: 'plain-host',
        kind: 'host',
        figures: { powerMaxW: 4000, powerIdleW: 800 },
        components: [
          { kind: 'gpu', count: GPUS, class: 'h100-sxm5-80gb' },
          { kind: 'psu', count: PSUS },
        ],
      },
    ],
    site: {
      id: 's',
      halls: [
        {
          id: 'h',
          upses: [
            { id: 'ups-{feed}', feed: 'A' },
            { id: 'ups-{feed}', feed: 'B' },
          ],
          ...(cooling.crahs ? { crahs: cooling.crahs } : {}),
          rows: [
            {
              id: 'r',
              racks: [
                {
                  id: 'k{n}',
                  count: RACKS,
                  pdus: [
                    { id: '{rack}-a', feed: 'A' },
                    { id: '{rack}-b', feed: 'B' },
                  ],
                  hosts: [{ id: '{rack}-n{n}', count: HOSTS, class: 'plain-host' }],
                },
              ],
            },
          ],
        },
      ],
    },
    power: [{ kind: 'pdu', to: '*', from: 'ups-{feed}' }],
    ...(cooling.cooling ? { cooling: cooling.cooling } : {}),
  };
  return topologyFrom(document);
}

/** Changes readings of a round before the judge sees them. */
export type Lie = (read: Readings, atS: number) => void;

class Readings {
  readonly plan: AgreementPlan;
  readonly values: Float64Array;
  constructor(plan: AgreementPlan) {
    this.plan = plan;
    this.values = new Float64Array(plan.points.count).fill(Number.NaN);
  }
  point(entity: string, signal: string): number {
    const p = this.plan.pointOf(signalIndex(signal), this.plan.topology.indexOf(entity));
    if (p < 0) throw new Error(`no point ${entity} ${signal}`);
    return p;
  }
  get(entity: string, signal: string): number {
    return this.values[this.point(entity, signal)];
  }
  set(entity: string, signal: string, value: number) {
    this.values[this.point(entity, signal)] = value;
  }
}

/** Small seeded generator (a linear congruence, high bits), for noise only. */
export function dice(seed: number): () => number {
  let state = (seed * 2_654_435_761 + 12_345) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface RunOptions {
  readonly seed: number;
  readonly hours: number;
  readonly lie?: Lie;
  /** Part of the readings that are missing. */
  readonly gaps?: number;
  /** Goes on with another judge from then on: as after a restart. */
  readonly restartAtS?: number;
  readonly restart?: (judge: Agreement, atMs: number) => Agreement;
}

/**
 * Runs a judge over a site whose loads change every quarter of an hour. Every meter has a gain of
 * its own within 1 % and noise of 1 %; temperatures are whole kelvin.
 */
export function judgeSite({ seed, hours, lie, gaps = 0, ...options }: RunOptions) {
  const topology = agreementTopology();
  const plan = planAgreement(topology);
  let judge = new Agreement(plan, { roundS: ROUND_S });
  const read = new Readings(plan);
  const roll = dice(seed);
  const gains = Float64Array.from({ length: plan.points.count }, () => 0.99 + 0.02 * roll());
  const loads = new Float64Array(RACKS * HOSTS);
  for (let atS = 0; atS < hours * 3600; atS += ROUND_S) {
    if (atS % 900 === 0) for (let h = 0; h < loads.length; h++) loads[h] = 0.2 + 0.8 * roll();
    fill(read, loads, { gains, roll });
    lie?.(read, atS);
    if (gaps > 0) {
      for (let p = 0; p < read.values.length; p++) if (roll() < gaps) read.values[p] = Number.NaN;
    }
    judge.observe(read.values, 1e12 + 1000 * atS);
    if (atS === options.restartAtS) judge = options.restart?.(judge, 1e12 + 1000 * atS) ?? judge;
  }
  return { judge, topology, findings: judge.findings() };
}

function fill(
  read: Readings,
  loads: Float64Array,
  { gains, roll }: { gains: Float64Array; roll: () => number },
) {
  const measure = (entity: string, signal: string, truth: number) => {
    const noise = 1 + 0.01 * (roll() + roll() - 1) * 2.4;
    read.set(entity, signal, truth * gains[read.point(entity, signal)] * noise);
  };
  const kelvin = (entity: string, signal: string, truth: number) =>
    read.set(entity, signal, Math.round(truth + 0.4 * (roll() - 0.5)));
  const ups = { a: 0, b: 0 };
  for (let k = 1; k <= RACKS; k++) {
    const pdus = { a: 0, b: 0 };
    for (let n = 1; n <= HOSTS; n++) {
      const host = `k${k}-n${n}`;
      const load = loads[(k - 1) * HOSTS + n - 1];
      const gpuW = 80 + 600 * load;
      const hostW = (GPUS * gpuW * 1.12 + 700) / 0.95;
      const inletC = 21 + 0.3 * k + 2 * load;
      for (let g = 0; g < GPUS; g++) {
        measure(`${host}/gpu${g}`, 'gpuPowerW', gpuW);
        kelvin(`${host}/gpu${g}`, 'gpuTempC', inletC + 2 + 0.06 * gpuW + g);
      }
      kelvin(host, 'inletTempC', inletC);
      measure(host, 'bmcPowerW', hostW);
      for (const [i, feed] of (['a', 'b'] as const).entries()) {
        measure(`${host}/psu${i}`, 'psuInputPowerW', hostW / PSUS);
        measure(`${host}/psu${i}`, 'outletPowerW', hostW / PSUS);
        pdus[feed] += hostW / PSUS;
      }
    }
    for (const feed of ['a', 'b'] as const) {
      measure(`k${k}-${feed}`, 'pduPowerW', pdus[feed] * 1.004);
      ups[feed] += pdus[feed] * 1.004;
    }
  }
  measure('ups-a', 'upsPowerW', ups.a);
  measure('ups-b', 'upsPowerW', ups.b);
}
