/** What the main thread and the worker of the history tell each other. */
import type { LogPosition } from '../../journal/contract.ts';
import type { HistoryConfig } from './config.ts';
import type {
  HistoryStoreStats,
  RangeAnswer,
  RangeQuery,
  SamplesAnswer,
  SamplesQuery,
  SeriesAnswer,
  SeriesQuery,
} from './contract.ts';

export interface WorkerSetup {
  /** The data directory. */
  readonly directory: string;
  readonly config: HistoryConfig;
  /** URL of a module that exports `readLog` in place of the journal's. */
  readonly logModule?: string;
}

export type Question =
  | { readonly kind: 'range'; readonly query: RangeQuery }
  | { readonly kind: 'samples'; readonly query: SamplesQuery }
  | { readonly kind: 'series'; readonly query: SeriesQuery };

export type Answer = RangeAnswer | SamplesAnswer | SeriesAnswer;

export type ToWorker =
  | { readonly kind: 'committed'; readonly position: LogPosition }
  /** `upTo`: what was committed when it was asked. */
  | {
      readonly kind: 'ask';
      readonly id: number;
      readonly ask: Question;
      readonly upTo?: LogPosition;
    }
  | { readonly kind: 'close' };

/** What the worker knows; the main thread adds the rest. */
export type WorkerStats = Omit<HistoryStoreStats, 'lagMs' | 'restarts'> & {
  /** Clock of the newest record read. */
  readonly clockMs?: number;
};

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Answer }
  | {
      readonly kind: 'refused';
      readonly id: number;
      readonly message: string;
      /** The question was at fault. */
      readonly isRange: boolean;
    }
  | { readonly kind: 'stats'; readonly stats: WorkerStats }
  | {
      readonly kind: 'report';
      readonly level: 'info' | 'warn' | 'error';
      readonly what: string;
    };
