/**
 * What a source is and what it talks to. A source turns something outside (a page, a BMC, a
 * request) into readings; joining, the quality gate and the columns are behind `IngestPort`.
 */
import type { Logger } from 'pino';
import type { Kind } from '../../twin/index.ts';
import type { Clock } from '../clock.ts';

/** One label set as it came, without the metric name. */
export type Labels = Readonly<Record<string, string>>;

/** A value already in the signal's unit, on a host or one of its components. */
export interface BmcReading {
  readonly kind: Kind;
  /** 0-based position among the host's components of this kind; absent for the host itself. */
  readonly slot?: number;
  readonly signal: string;
  readonly value: number | string;
  readonly atMs: number;
}

/** Something that happened, from a log (SEL, XID): not a level that can be sampled. */
export interface SourceEvent {
  readonly source: string;
  /** Entity id when it could be joined. */
  readonly entity?: string;
  readonly atMs: number;
  /** Half-width of the interval in which it really happened, from the source's clock. */
  readonly uncertaintyMs: number;
  readonly severity: 'info' | 'warning' | 'critical';
  /** Stable key of this occurrence, so that a log read twice is one event. */
  readonly key: string;
  readonly text: string;
}

export interface PageResult {
  readonly samples: number;
  readonly accepted: number;
  readonly errors: readonly string[];
}

export interface IngestPort {
  /**
   * A text exposition page, whole. Never throws on bad content.
   * @param format as the answer's content type says; without one the page's end tells
   */
  page(
    source: PageSource,
    body: Uint8Array,
    atMs: number,
    format?: 'text' | 'openMetrics',
  ): PageResult;
  /** Samples of a PromQL answer: labels (with `__name__`) and values. */
  sample(source: PageSource, labels: Labels, value: number, atMs: number): void;
  /** Readings of one BMC whose host is known. */
  readings(source: string, hostId: string, readings: readonly BmcReading[]): void;
  event(event: SourceEvent): void;
  /** Something not taken, by reason; every drop is counted and shown. */
  drop(source: string, why: string, count?: number): void;
}

/** Where a page came from: labels that the scrape adds, as Prometheus would (`instance`, `job`). */
export interface PageSource {
  readonly id: string;
  readonly labels: Labels;
}

export type SourceState = 'starting' | 'up' | 'degraded' | 'down';

export interface SourceHealth {
  readonly id: string;
  readonly kind: 'scrape' | 'prometheus' | 'remoteWrite' | 'redfish' | 'ipmitool';
  readonly target: string;
  readonly state: SourceState;
  readonly lastAttemptMs?: number;
  readonly lastSuccessMs?: number;
  readonly lastError?: string;
  readonly latencyMs?: number;
  /** Readings or samples delivered since start. */
  readonly samples: number;
  readonly dropped: Readonly<Record<string, number>>;
  /** The source's clock minus ours, and the half-width of what it may be. */
  readonly clockOffsetMs?: number;
  readonly clockUncertaintyMs?: number;
  readonly breaker?: 'closed' | 'open' | 'halfOpen';
}

export interface Source {
  readonly id: string;
  start(): void;
  /** Stops polling and gives back what the peer holds for us (sessions, connections). */
  stop(): Promise<void>;
  health(): SourceHealth;
  /** Polls faster for a while, where the source can; false when it cannot now. */
  boost?(forS: number): boolean;
}

export interface SourceContext {
  readonly clock: Clock;
  readonly log: Logger;
  readonly port: IngestPort;
}
