/** The answers of the REST interface that the page reads. */
import type { Quality } from '../../../../twin/index.ts';

export interface Status {
  readonly version: string;
  readonly name: string;
  readonly generation: number;
  readonly at: string;
  readonly speed: number;
  /** The stretch of the past that is played back; absent when the model is live. */
  readonly replay?: { readonly from: string; readonly to: string };
  readonly readyEntities?: number;
  readonly counts: {
    readonly entities: Readonly<Record<string, number>>;
    readonly series: number;
    readonly unmatched: number;
    readonly unmapped: number;
    readonly alerts: { readonly firing: number; readonly pending: number };
    readonly sources: { readonly up: number; readonly degraded: number; readonly down: number };
  };
}

export interface Entity {
  readonly id: string;
  readonly kind: string;
  readonly index: number;
  readonly parent?: string | null;
  readonly class?: string | null;
  readonly title?: string;
  readonly path?: readonly { readonly id: string; readonly kind: string }[];
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly aliases?: Readonly<Record<string, readonly string[]>>;
}

interface HardwareClass {
  readonly id: string;
  readonly title?: string;
  readonly figures?: Readonly<Record<string, number | { readonly value: number }>>;
  readonly traits?: Readonly<Record<string, string>>;
}

export interface PlaneLinks {
  readonly parents: readonly {
    readonly id: string;
    readonly kind: string;
    readonly share: number;
  }[];
  readonly children: readonly string[];
}

export interface RawFabric {
  readonly vertices: readonly {
    readonly id: string;
    readonly kind: string;
    readonly index: number;
  }[];
  readonly edges: readonly {
    readonly a: number | string;
    readonly b: number | string;
    readonly type: string;
    readonly label?: string;
    readonly bytesPerS?: number | null;
    readonly measured?: boolean;
  }[];
  /** NUMA distances of the firmware, 10 is local. */
  readonly numaDistance?: readonly (readonly number[])[];
}

export interface EntityDetail extends Entity {
  readonly classFacts?: HardwareClass | null;
  readonly children?: Readonly<Record<string, readonly string[]>>;
  readonly planes?: Readonly<Record<string, PlaneLinks | null>>;
  readonly fabric?: RawFabric;
}

interface LimitState {
  readonly id: string;
  readonly value: number;
  readonly compare: 'max' | 'min';
  readonly breached: boolean;
}

export interface SignalState {
  readonly value: number | string | null;
  readonly unit?: string;
  readonly at?: string | null;
  readonly ageS?: number | null;
  readonly quality: Quality;
  readonly limit?: LimitState;
}

export interface EntityState {
  readonly id: string;
  readonly kind: string;
  readonly signals: Readonly<Record<string, SignalState>>;
  readonly coverage?: Readonly<Record<string, { readonly present: number; readonly of: number }>>;
}

export interface Alert {
  readonly id: string;
  readonly limit: string;
  readonly entity: string;
  readonly kind: string;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly state: 'pending' | 'firing' | 'resolved';
  readonly value: number | null;
  readonly threshold: number | null;
  readonly unit?: string;
  readonly signal?: string;
  readonly since?: string;
  readonly startsAt?: string;
  readonly summary: string;
  readonly runbook?: string;
  /** Ids of what the entity stands in, by kind. */
  readonly place?: Readonly<Record<string, string>>;
}

export interface Limit {
  readonly id: string;
  readonly title: string;
  readonly signal: string;
  readonly at?: readonly string[];
  readonly kind?: string;
  /** Divisor of a ratio. */
  readonly over?: string;
  readonly compare: 'max' | 'min';
  readonly value?: number | null;
  readonly hard?: boolean;
  readonly severity?: string;
  readonly current?: number | null;
  readonly headroom?: number | null;
  readonly from?: string;
}

export interface SourceStatus {
  readonly id: string;
  readonly kind: string;
  readonly target: string;
  readonly state: 'starting' | 'up' | 'degraded' | 'down';
  readonly lastAttempt?: string;
  readonly lastSuccess?: string;
  readonly lastError?: string;
  readonly latencyMs?: number;
  readonly samples: number;
  readonly dropped?: Readonly<Record<string, number>>;
  readonly clockOffsetMs?: number;
  readonly clockUncertaintyMs?: number;
  readonly breaker?: string;
}

export interface Unmatched {
  readonly items: readonly {
    readonly source: string;
    readonly metric: string;
    readonly identity: Readonly<Record<string, string>>;
    readonly why: string;
    /** The reason in words. */
    readonly detail?: string;
    readonly count: number;
    readonly firstAt?: string;
    readonly lastAt?: string;
    readonly candidates?: readonly {
      readonly id: string;
      readonly alias: string;
      readonly distance: number;
    }[];
  }[];
  readonly unmapped?: readonly { readonly metric: string; readonly count: number }[];
}

export interface Forecast {
  readonly entity: string;
  readonly signal: string;
  readonly unit: string;
  readonly model: string;
  /** Why this model, in a sentence. */
  readonly reason?: string;
  readonly horizonS: number;
  readonly stepS: number;
  readonly points: readonly {
    readonly at: string;
    readonly yhat: number;
    readonly yhatLower: number;
    readonly yhatUpper: number;
  }[];
  readonly backtest?: readonly {
    readonly model: string;
    readonly mae: number;
    readonly smape: number;
    readonly chosen?: boolean;
    readonly title?: string;
  }[];
  /** Instants from which the back-test forecast; 0: none, the band is a guess. */
  readonly origins?: number;
  readonly limit?: { readonly value: number; readonly entity: string } | null;
  readonly timeToLimit?: {
    readonly at: string | null;
    readonly earliest?: string | null;
    readonly latest?: string | null;
    readonly limit: string | number;
    readonly entity: string;
  } | null;
}

export interface History {
  readonly entity: string;
  readonly signal: string;
  readonly points: readonly (readonly [atMs: number, value: number | null])[];
}

/** How wrong the twin is for one layer, signal and horizon. */
export interface FidelityScore {
  readonly kind: string;
  readonly signal: string;
  /** Age of the last reading that the prediction could know. */
  readonly horizonS: number;
  /** Made so long before its time; absent: a model that knows all but its meter. */
  readonly maker?: 'prediction';
  readonly count: number;
  /** Rounds in which something was scored. */
  readonly rounds: number;
  /** Too few of them for a skill to say anything. */
  readonly isEarly: boolean;
  readonly mapePct: number | null;
  readonly bias: number | null;
  readonly rmse: number | null;
  readonly skillPersistence: number | null;
  readonly skillMean: number | null;
  readonly band: {
    readonly low: number;
    readonly high: number;
    readonly isRelative: boolean;
    readonly coverage: number | null;
  } | null;
  readonly driftingSince?: string;
  /** What has left its usual level, in words. */
  readonly drift?: string;
}

export interface Fidelity {
  /** Of the last round; absent before the first. */
  readonly at?: string;
  readonly halfLifeS: number;
  /** Scored rounds before a skill says anything. */
  readonly roundsLeast: number;
  readonly items: readonly FidelityScore[];
}

export interface Sensor {
  readonly entity: string;
  readonly signal: string;
}

/** A sensor that does not agree with the others. */
export interface Disagreement extends Sensor {
  readonly id?: string;
  readonly kind?: string;
  readonly fault: string;
  readonly factor?: number;
  readonly offsetK?: number;
  readonly unit?: string;
  readonly other?: Sensor;
  readonly documentedOutlet?: string;
  readonly loadedOutlet?: string;
  readonly or?: readonly Sensor[];
  readonly since?: string;
  readonly fromStart?: boolean;
  readonly confidence: number;
  readonly evidence?: readonly {
    readonly balance: string;
    readonly entity: string;
    readonly z: number | null;
  }[];
}

/** What calibration has learned of an entity with one model. */
export interface Learned {
  readonly model: string;
  readonly title: string;
  readonly formula: string;
  readonly signal: string;
  readonly priorOf: string;
  readonly parameters: readonly {
    readonly id: string;
    readonly title: string;
    readonly value: number;
    readonly sd: number;
    readonly prior: { readonly mean: number; readonly sd: number };
  }[];
  readonly noiseSd: number;
  readonly lastChangedAt?: string;
  readonly lastResetAt?: string;
  readonly updates: number;
  readonly clipped: number;
  readonly faults: number;
  readonly resets: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string | null;
}
