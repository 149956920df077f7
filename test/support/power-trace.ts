/**
 * A made-up trace of hosts under jobs: power and utilisation as a cluster's meters would report
 * them. Jobs differ in what full utilisation costs, arrive by the day's rhythm and in arrays over
 * many hosts; hosts differ in idle power and slope, and drift with the room; meters round, lag and
 * make noise. Part of the load never shows in utilisation.
 */

import type { TraceRows } from '../../twin/fidelity/trace/rows.ts';
import { seededRandom, standardNormal } from '../../twin/physics/random.ts';

interface PowerTraceOptions {
  readonly hosts: number;
  readonly days: number;
  readonly stepS?: number;
  readonly seed: number;
  /** How often jobs start, in jobs per free host and hour. */
  readonly jobsPerHour?: number;
}

interface Job {
  endStep: number;
  /** Utilisation it shows, ratio, and what it costs against the host's usual for that. */
  util: number;
  intensity: number;
  hidden: number;
  phase: number;
}

const START_MS = Date.UTC(2026, 0, 5);

/** Rows in order of time, all hosts of an instant side by side; utilisation in %. */
export function powerTrace(options: PowerTraceOptions): TraceRows {
  const { hosts, days, stepS = 30, seed, jobsPerHour = 0.25 } = options;
  const random = seededRandom(seed);
  const normal = () => standardNormal(random);
  const steps = Math.round((days * 86400) / stepS);
  const count = steps * hosts;
  const columns = { atMs: new Float64Array(count), powerW: new Float64Array(count) };
  const util = new Float64Array(count);
  const entity = new Int32Array(count);
  const rooms = Array.from({ length: hosts }, () => hostOf(random, normal));
  let row = 0;
  for (let step = 0; step < steps; step++) {
    const hour = (step * stepS) / 3600;
    const busyHours = 1 + 0.8 * Math.sin(((hour - 9) / 24) * 2 * Math.PI);
    const startPart = (jobsPerHour * busyHours * stepS) / 3600;
    // Every few hours an array job takes up to a third of the free hosts at once.
    const array = random() < stepS / 10000 ? jobOf(random, normal, { step, stepS }) : undefined;
    const room = 1 + 0.015 * Math.sin(((hour - 15) / 24) * 2 * Math.PI);
    for (let h = 0; h < hosts; h++) {
      const host = rooms[h];
      if (host.job && host.job.endStep <= step) host.job = undefined;
      if (!host.job && array && random() < 0.3) {
        host.job = { ...array, endStep: array.endStep + Math.floor((random() * 600) / stepS) };
      } else if (!host.job && random() < startPart) {
        host.job = jobOf(random, normal, { step, stepS });
      }
      const seen = sampleOf(host, { random, normal, room, stepS });
      columns.atMs[row] = START_MS + step * stepS * 1000;
      columns.powerW[row] = seen.powerW;
      util[row] = seen.utilPct;
      entity[row++] = h;
    }
  }
  const entities = rooms.map((_, h) => `host-${String(h).padStart(3, '0')}`);
  return { count, entities, entity, ...columns, utils: [util] };
}

type Draw = () => number;

const hostOf = (random: Draw, normal: Draw) => ({
  idleW: 85 + 40 * random(),
  spanW: 160 + 160 * random(),
  bend: 0.75 + 0.5 * random(),
  ageing: 1 + 0.01 * normal(),
  meterW: 0,
  job: undefined as Job | undefined,
});

function jobOf(random: Draw, normal: Draw, { step, stepS }: { step: number; stepS: number }): Job {
  const hours = Math.exp(0.3 + 1.4 * normal());
  const shares = [1, 1, 1, 0.5, 0.25, 0.06, 0.75];
  return {
    endStep: step + Math.max(1, Math.round((Math.min(hours, 96) * 3600) / stepS)),
    util: shares[Math.floor(random() * shares.length)],
    intensity: 0.65 + 0.5 * random(),
    hidden: random() < 0.1 ? 0.15 * random() : 0,
    phase: 0,
  };
}

function sampleOf(
  host: ReturnType<typeof hostOf>,
  { random, normal, room, stepS }: { random: Draw; normal: Draw; room: number; stepS: number },
) {
  const { job } = host;
  let [util, hidden, intensity] = [0.002 * random(), 0, 1];
  if (job) {
    // Phases of a job: a slow walk, and short stalls for input.
    job.phase = 0.98 * job.phase + 0.012 * normal();
    const stall = random() < 0.02 ? 0.5 : 1;
    util = Math.min(1, Math.max(0, job.util * stall * (1 + job.phase)));
    ({ hidden, intensity } = job);
  }
  const load = intensity * util ** host.bend + hidden;
  const trueW = (host.idleW + host.spanW * load) * room * host.ageing;
  // The meter averages over about a minute, rounds to 2 W and is off by half a per cent.
  host.meterW += (trueW - host.meterW) * (host.meterW === 0 ? 1 : 1 - Math.exp(-stepS / 45));
  const powerW = Math.max(0, 2 * Math.round((host.meterW * (1 + 0.005 * normal())) / 2));
  return { powerW, utilPct: Math.round(1000 * Math.min(1, util + 0.004 * random())) / 10 };
}
