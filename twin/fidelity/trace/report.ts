/** The scores of a replayed trace, as they are handed out. */
import type { Finding } from './gate.ts';
import type { EntityReplay, Replayed } from './replay.ts';
import { pooledCard, type Score, scoreOf } from './score.ts';

/** Rows of an entity that were not scored, by reason. */
export interface SkippedWhy {
  readonly duplicates: number;
  readonly missingPower: number;
  readonly negativePower: number;
  readonly impossiblePower: number;
  readonly zeroPower: number;
  /** Nothing of the entity's power had been revealed. */
  readonly beforeFirstReveal: number;
}

/** What was wrong with rows that were still used. */
export interface Found {
  readonly gaps: number;
  readonly outOfOrder: number;
  readonly missingUtil: number;
  readonly badTemp: number;
  /** Single values far above all before, scored but not learnt. */
  readonly spikes: number;
  /** Times that the unit of power changed, and the samples that were converted back. */
  readonly unitChanges: number;
  readonly unitSamples: number;
  /** Times that the unit of utilisation changed; samples far beyond it, not learnt. */
  readonly utilUnitChanges: number;
  readonly utilSpikes: number;
  readonly freezes: number;
  readonly frozenSamples: number;
  /** Times that an entity turned into another one: other level, other slope. */
  readonly shifts: number;
}

export interface Scored extends Score {
  readonly skipped: number;
}

export interface EntityScore extends Scored {
  readonly entity: string;
  readonly rows: number;
  readonly skippedWhy: SkippedWhy;
  readonly found: Found;
  readonly findings: readonly Finding[];
  /** Temperature, °C; mean absolute error counts. */
  readonly temp?: Scored;
}

export interface TraceReport extends Scored {
  readonly sum: Scored;
  /** Every sample of every entity counted alike. */
  readonly pooled: Scored;
  readonly temp?: Scored;
  readonly rows: number;
  readonly skippedWhy: SkippedWhy;
  readonly found: Found;
  readonly entities: readonly EntityScore[];
}

/** The figures on top are the sum's; `skipped` on top counts rows, in `sum` it counts instants. */
export function traceReport({ entities, sum }: Replayed): TraceReport {
  const scored = entities.map(entityScore);
  const rows = total(scored.map(each => each.rows));
  const pooled = scoreOf(pooledCard(entities.map(entity => entity.power.card)));
  const skipped = rows - pooled.n;
  const ofSum = scoreOf(sum.card);
  const temps = entities.flatMap(entity => entity.temp?.card ?? []);
  return {
    ...ofSum,
    skipped,
    sum: { ...ofSum, skipped: entities.length > 1 ? sum.skipped + sum.card.unknown : skipped },
    pooled: { ...pooled, skipped },
    ...(temps.length > 0 ? { temp: tempScore(scoreOf(pooledCard(temps), 'absolute'), rows) } : {}),
    rows,
    skippedWhy: added(scored.map(each => each.skippedWhy)),
    found: added(scored.map(each => each.found)),
    entities: scored,
  };
}

function entityScore({ track, power, temp }: EntityReplay): EntityScore {
  const { faults } = track;
  const { gate, card } = power;
  const score = scoreOf(card);
  return {
    entity: track.name,
    ...{ ...score, rows: faults.rows, skipped: faults.rows - score.n },
    skippedWhy: {
      duplicates: faults.duplicates,
      missingPower: faults.missingPower,
      negativePower: faults.negativePower,
      impossiblePower: faults.impossiblePower,
      zeroPower: card.zero,
      beforeFirstReveal: card.unknown,
    },
    found: {
      ...{ gaps: faults.gaps, outOfOrder: faults.outOfOrder, missingUtil: faults.missingUtil },
      ...{ badTemp: faults.badTemp, spikes: gate.spikes },
      ...{ unitChanges: gate.counts.unit, unitSamples: gate.unitSamples },
      ...{ utilUnitChanges: gate.counts.utilUnit, utilSpikes: gate.utilSpikes },
      ...{ freezes: gate.counts.frozen, frozenSamples: gate.frozenSamples },
      shifts: gate.counts.shift,
    },
    findings: gate.findings,
    ...(temp ? { temp: tempScore(scoreOf(temp.card, 'absolute'), faults.rows) } : {}),
  };
}

/** The zero of °C is arbitrary: nothing is relative to it. */
const tempScore = (score: Score, rows: number): Scored => ({
  ...{ ...score, mapePct: null, biasPct: null, hoursUnder10Pct: null, skipped: rows - score.n },
  baselines: withoutMape(score.baselines),
});

const withoutMape = (all: Score['baselines']): Score['baselines'] => ({
  persistence: { ...all.persistence, mapePct: null },
  mean: { ...all.mean, mapePct: null },
  line: { ...all.line, mapePct: null },
  delta: { ...all.delta, mapePct: null },
});

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

function added<T extends SkippedWhy | Found>(all: readonly T[]): T {
  const keys = Object.keys(all[0]) as (keyof T)[];
  const sums = keys.map(key => [key, total(all.map(each => Number(each[key])))]);
  return Object.fromEntries(sums) as T;
}
