/** One laboratory run of the agreement benchmark: what was wrong, what was said, and when. */
import {
  Agreement,
  type Finding,
  planAgreement,
  readTopology,
  SIGNAL_INDEX,
  SIGNALS,
  type Topology,
} from '../../twin/index.ts';
import { UserError } from '../user-error.ts';
import { createShownBook } from './agreement-shown.ts';

/** What the benchmark needs of a laboratory: readings by index, and the truth for scoring. */
interface AgreementLab {
  readonly inventory: Readonly<Record<string, unknown>>;
  readonly entities: readonly { readonly id: string }[];
  readonly signals: readonly string[];
  readonly startMs: number;
  step(toMs: number): readonly LabTick[];
}

export interface LabTick {
  readonly atMs: number;
  readonly entity: Int32Array;
  readonly signal: Int32Array;
  readonly value: Float64Array;
}

export interface LabFaultDrawn {
  readonly kind: string;
  readonly entity: string;
  readonly signal: string;
  readonly other?: string;
  readonly atS: number;
  readonly untilS?: number;
}

export interface AgreementLabs {
  createLab(options: { seed: number; telemetryS: number; faults: readonly never[] }): AgreementLab;
  drawFaults(seed: number): readonly LabFaultDrawn[];
}

/** A finding as the outside names it, and when it was first and last seen. */
export interface Said {
  readonly entity: string;
  readonly signal: string;
  readonly fault: string;
  readonly factor: number | undefined;
  readonly other: string | undefined;
  readonly or: readonly string[];
  readonly sinceS: number;
  readonly foundS: number;
  /** When the fault was first called by the name that it has at the end. */
  readonly namedS: number;
  readonly confidence: number;
}

export interface Verdicts {
  readonly seed: number;
  readonly faults: readonly LabFaultDrawn[];
  /** By fault: whether it made its sensor wrong for long enough to be seen (agreement-shown.ts). */
  readonly isShown: readonly boolean[];
  readonly said: readonly Said[];
  /** CPU seconds of the judge alone. */
  readonly cpuS: number;
}

export const TELEMETRY_S = 30;
/** A fault is to be found within two hours. */
export const WITHIN_S = 7200;

/** Runs one seed for `hours` and notes every finding when it appears. */
export function runSeed(labs: AgreementLabs, seed: number, hours: number): Verdicts {
  const faults = labs.drawFaults(seed);
  const lab = labs.createLab({ seed, telemetryS: TELEMETRY_S, faults: faults as never });
  const healthy = labs.createLab({ seed, telemetryS: TELEMETRY_S, faults: [] });
  const shown = createShownBook(faults, lab, WITHIN_S);
  const topology = topologyOf(lab.inventory);
  const plan = planAgreement(topology);
  const judge = new Agreement(plan, { roundS: TELEMETRY_S });
  const pointOf = pointTable(lab, topology, plan.pointOf);
  const values = new Float64Array(plan.points.count);
  const said = new Map<string, Said>();
  let cpuUs = 0;
  for (let minutes = 10; minutes <= 60 * hours; minutes += 10) {
    const toMs = lab.startMs + 60_000 * minutes;
    const right = faults.length > 0 ? healthy.step(toMs) : [];
    for (const [i, tick] of lab.step(toMs).entries()) {
      if (right[i]) shown.take(tick, right[i], (tick.atMs - lab.startMs) / 1000);
      const before = process.cpuUsage();
      values.fill(Number.NaN);
      for (let i = 0; i < tick.value.length; i++) {
        const p = pointOf[tick.entity[i] * lab.signals.length + tick.signal[i]];
        if (p >= 0) values[p] = tick.value[i];
      }
      const isReviewed = judge.observe(values, tick.atMs);
      const spent = process.cpuUsage(before);
      cpuUs += spent.user + spent.system;
      if (isReviewed)
        note(said, judge.findings(), topology, { startMs: lab.startMs, nowMs: tick.atMs });
    }
  }
  const isShown = shown.areShown();
  return { seed, faults, isShown, said: [...said.values()], cpuS: cpuUs / 1e6 };
}

function topologyOf(document: Readonly<Record<string, unknown>>): Topology {
  const built = readTopology(document);
  if (!built.ok) throw new UserError(`laboratory: ${built.problems[0].message}`);
  return built.value;
}

function pointTable(
  lab: AgreementLab,
  topology: Topology,
  pointOf: (signal: number, entity: number) => number,
): Int32Array {
  const table = new Int32Array(lab.entities.length * lab.signals.length).fill(-1);
  lab.entities.forEach(({ id }, at) => {
    const entity = topology.indexOf(id);
    lab.signals.forEach((name, s) => {
      const signal = SIGNAL_INDEX.get(name);
      if (entity >= 0 && signal !== undefined) {
        table[at * lab.signals.length + s] = pointOf(signal, entity);
      }
    });
  });
  return table;
}

function note(
  said: Map<string, Said>,
  findings: readonly Finding[],
  { ids }: Topology,
  { startMs, nowMs }: { startMs: number; nowMs: number },
) {
  for (const finding of findings) {
    const entity = ids[finding.entity];
    const signal = SIGNALS[finding.signal].id;
    const key = `${entity} ${signal} ${finding.foundMs}`;
    const before = said.get(key);
    const namedS = before?.fault === finding.fault ? before.namedS : (nowMs - startMs) / 1000;
    said.set(key, {
      ...{ entity, signal, fault: finding.fault, factor: finding.factor },
      other: finding.other && ids[finding.other.entity],
      or: finding.or.map(each => `${ids[each.entity]} ${SIGNALS[each.signal].id}`),
      sinceS: (finding.sinceMs - startMs) / 1000,
      foundS: (finding.foundMs - startMs) / 1000,
      ...{ namedS, confidence: finding.confidence },
    });
  }
}
