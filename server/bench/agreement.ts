/** `bench agreement`: seeded laboratories with sensor faults; what is found of them, and how soon. */
import {
  type AgreementLabs,
  runSeed,
  type Said,
  TELEMETRY_S,
  type Verdicts,
  WITHIN_S,
} from './agreement-score.ts';
import { calibrate, machine, median } from './machine.ts';
import type { BenchResult, BenchSize } from './result.ts';

/** Faults begin within the first two hours and are to be found within two more. */
const HOURS = 4;
/** The reference seeds are none of those that the judge was developed on; the smoke test's are. */
const SEEDS: Readonly<Record<BenchSize, { readonly first: number; readonly count: number }>> = {
  small: { first: 1, count: 4 },
  reference: { first: 7001, count: 100 },
};

/** What the judge calls a fault that the laboratory calls otherwise. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  swap: ['swapped'],
  stuck: ['stuck'],
  scale: ['scale'],
  unit: ['unit'],
  drift: ['drift', 'scale', 'offset'],
};

interface Outcome {
  readonly kind: string;
  readonly isShown: boolean;
  /** Seconds from the begin of the fault to the finding; undefined: missed. */
  readonly tookS: number | undefined;
}

interface Scored {
  readonly outcomes: readonly Outcome[];
  /** Findings that name no faulty sensor, or the wrong fault. */
  readonly wrong: readonly { readonly seed: number; readonly said: Said }[];
  readonly right: number;
}

export async function benchAgreement(size: BenchSize, labs: AgreementLabs): Promise<BenchResult> {
  const { first, count } = SEEDS[size];
  const seeds = Array.from({ length: count }, (_, i) => first + i);
  const runs: Verdicts[] = [];
  for (const seed of seeds) {
    runs.push(runSeed(labs, seed, HOURS));
    await new Promise(resolve => setImmediate(resolve));
  }
  return {
    name: 'agreement',
    params: { size, seeds: count, firstSeed: first, hours: HOURS, TELEMETRY_S },
    figures: figuresOf(runs),
    machine: machine(),
    calibration: calibrate(),
    hash: hashOf(runs),
  };
}

/** Precision over findings, recall over faults, overall and by kind of fault. */
export function figuresOf(runs: readonly Verdicts[]) {
  const scored = runs.map(scoreOf);
  const outcomes = scored.flatMap(each => each.outcomes);
  const right = scored.reduce((sum, each) => sum + each.right, 0);
  const wrong = scored.flatMap(each => each.wrong);
  const found = outcomes.filter(each => each.tookS !== undefined);
  const shown = outcomes.filter(each => each.isShown);
  const foundOfShown = shown.filter(each => each.tookS !== undefined).length;
  const kinds = [...new Set(outcomes.map(each => each.kind))].sort();
  const took = (list: readonly Outcome[]) => list.map(each => each.tookS ?? Number.NaN);
  const minutes = (seconds: number) => Math.round(seconds / 6) / 10;
  const byKind = kinds.map(kind => {
    const of = outcomes.filter(each => each.kind === kind);
    const hits = of.filter(each => each.tookS !== undefined);
    return [kind, { faults: of.length, found: hits.length, recall: ratio(hits.length, of.length) }];
  });
  return {
    ...{ faults: outcomes.length, findings: right + wrong.length },
    precision: ratio(right, right + wrong.length),
    recall: ratio(found.length, outcomes.length),
    // faults that make a sensor wrong by what the goal calls wrong; the others stand in `recall` too
    shown: {
      ...{ faults: shown.length, found: foundOfShown },
      recall: ratio(foundOfShown, shown.length),
    },
    medianMinutes: minutes(median(took(found))),
    worstMinutes: minutes(Math.max(0, ...took(found))),
    seedsWithoutFault: runs.filter(run => run.faults.length === 0).length,
    byKind: Object.fromEntries(byKind),
    wrong: wrong.map(({ seed, said }) => `${seed}: ${said.entity} ${said.signal} ${said.fault}`),
    cpuMsPerSimulatedHour:
      (1000 * runs.reduce((sum, run) => sum + run.cpuS, 0)) / runs.length / HOURS,
  };
}

const ratio = (part: number, whole: number) =>
  whole === 0 ? 1 : Math.round((1000 * part) / whole) / 1000;

/** A finding is right when it names a sensor that lies at that time, and how it lies. */
function scoreOf({ seed, faults, isShown, said }: Verdicts): Scored {
  const isOf = (fault: Verdicts['faults'][number], { entity, signal, other }: Said) =>
    signal === fault.signal &&
    (entity === fault.entity || entity === fault.other || other === fault.entity);
  const isRight = (fault: Verdicts['faults'][number], each: Said) =>
    isOf(fault, each) && NAMES[fault.kind].includes(each.fault) && each.foundS >= fault.atS;
  const outcomes = faults.map((fault, i) => {
    const first = said
      .filter(each => isRight(fault, each))
      .reduce((least, { namedS }) => Math.min(least, namedS), Number.POSITIVE_INFINITY);
    const tookS = first - fault.atS;
    const isFound = tookS <= WITHIN_S;
    return { kind: fault.kind, isShown: isShown[i], tookS: isFound ? tookS : undefined };
  });
  const wrong = said.filter(each => !faults.some(fault => isRight(fault, each)));
  return {
    outcomes,
    wrong: wrong.map(each => ({ seed, said: each })),
    right: said.length - wrong.length,
  };
}

function hashOf(runs: readonly Verdicts[]): string {
  const lines = runs.flatMap(({ seed, said }) =>
    said.map(each => `${seed} ${each.entity} ${each.signal} ${each.fault} ${each.namedS}`),
  );
  let hash = 0x811c9dc5;
  for (const letter of lines.join('\n')) {
    hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  }
  return hash.toString(16);
}
