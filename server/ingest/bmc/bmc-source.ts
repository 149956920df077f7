/** What Redfish and IPMI sources share: polling, health, counting, and passing readings on. */
import type { Kind } from '../../../twin/index.ts';
import type { BmcReading, Source, SourceContext, SourceHealth, SourceState } from '../contract.ts';
import { type Arbiter, createArbiter } from './arbiter.ts';
import { misplaced } from './check.ts';
import { type ClockOffset, createClockOffset, tellsOffset } from './clock-offset.ts';
import type { BmcJob, BmcLineStatus, BmcSchedule, PollOutcome } from './schedule.ts';
import { createSlotBook } from './slots.ts';

export interface BmcSource extends Source {
  /** Polls at 5 Hz for at most ten minutes. @returns false when the source is not running. */
  boost(forS: number): boolean;
  /** The last reading of every signal with the time it was taken, also while the BMC is silent. */
  cached(): readonly BmcReading[];
}

interface BmcIdentity {
  readonly id: string;
  readonly kind: SourceHealth['kind'];
  readonly target: string;
  readonly host: string;
  readonly entityKind: Kind;
  readonly firstNumber: Partial<Record<Kind, number>>;
  /** Seconds of the service's clock between polls. */
  readonly intervalS: number;
  /** Seconds of the wall that one poll may take. */
  readonly pollBudgetS: number;
}

/** The running record of one BMC. */
export class BmcRecord {
  readonly arbiter: Arbiter;
  readonly clock: ClockOffset = createClockOffset();
  readonly #identity: BmcIdentity;
  readonly #context: SourceContext;
  readonly #schedule: BmcSchedule;
  readonly #dropped: Record<string, number> = {};
  #pending = new Map<string, number>();
  #samples = 0;
  #outcome: PollOutcome['result'] | undefined;
  #lastAttemptMs: number | undefined;
  #lastSuccessMs: number | undefined;
  #lastError: string | undefined;
  #latencyMs: number | undefined;

  constructor(identity: BmcIdentity, context: SourceContext, schedule: BmcSchedule) {
    this.#identity = identity;
    this.#context = context;
    this.#schedule = schedule;
    this.arbiter = createArbiter(createSlotBook(identity.firstNumber));
  }

  /**
   * The source that these polls make.
   * @param close gives back what the BMC holds for us, once no poll is under way
   */
  source(poll: BmcJob['poll'], close: () => Promise<void> = async () => {}): BmcSource {
    const { id, intervalS, pollBudgetS } = this.#identity;
    return {
      id,
      start: () =>
        this.#schedule.add({
          ...{ id, intervalMs: this.wallMs(intervalS), budgetMs: pollBudgetS * 1_000 },
          poll: (signal, mode) => this.#polled(() => poll(signal, mode)),
        }),
      stop: async () => {
        await this.#schedule.remove(id);
        await close();
      },
      health: () => this.#health(),
      boost: forS => this.#schedule.boost(id, forS),
      cached: () => this.arbiter.cached(),
    };
  }

  /** Seconds of the service's clock, which a demo may speed up, as milliseconds of the wall. */
  wallMs(seconds: number): number {
    return (seconds * 1_000) / this.#context.clock.speed;
  }

  drop(why: string, count = 1): void {
    if (count <= 0) return;
    this.#dropped[why] = (this.#dropped[why] ?? 0) + count;
    this.#pending.set(why, (this.#pending.get(why) ?? 0) + count);
  }

  fail(error: string): void {
    this.#lastError = error;
  }

  /** Passes on what was offered since the last time. */
  deliver(withParts: boolean): void {
    const readings = this.arbiter.take(this.#context.clock.now(), withParts);
    this.drop('another sensor of the same quantity is better', this.arbiter.takeOutranked());
    this.send(readings);
  }

  send(readings: readonly BmcReading[]): void {
    this.#samples += readings.length;
    this.#pass(readings);
  }

  #pass(readings: readonly BmcReading[]): void {
    if (readings.length === 0) return;
    this.#context.port.readings(this.#identity.id, this.#identity.host, readings);
  }

  /** One poll, timed and recorded, with what the BMC itself is like afterwards. */
  async #polled(poll: () => Promise<PollOutcome>): Promise<PollOutcome> {
    const startMs = performance.now();
    this.#lastAttemptMs = this.#context.clock.now();
    let outcome: PollOutcome = { result: 'failed' };
    try {
      outcome = await poll();
    } catch (error) {
      this.fail((error as Error).message);
      this.#context.log.error({ source: this.#identity.id, error }, 'BMC poll failed');
    }
    this.#latencyMs = performance.now() - startMs;
    this.#outcome = outcome.result;
    if (outcome.result !== 'failed') this.#lastSuccessMs = this.#context.clock.now();
    // What we say of the BMC is no sample of its own: one that never answers has delivered none.
    this.#pass(this.#ofBmc(outcome));
    this.#flushDrops();
    return outcome;
  }

  #health(): SourceHealth {
    const bounds = this.clock.bounds;
    const { id, kind, target } = this.#identity;
    const line = this.#schedule.status(id);
    return {
      ...{ id, kind, target, state: this.#state(line) },
      ...(this.#lastAttemptMs !== undefined && { lastAttemptMs: this.#lastAttemptMs }),
      ...(this.#lastSuccessMs !== undefined && { lastSuccessMs: this.#lastSuccessMs }),
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
      ...(this.#latencyMs !== undefined && { latencyMs: this.#latencyMs }),
      ...{ samples: this.#samples, dropped: { ...this.#dropped } },
      ...(bounds && {
        clockOffsetMs: bounds.offsetMs,
        clockUncertaintyMs: bounds.uncertaintyMs,
      }),
      breaker: line?.breaker.state ?? 'closed',
    };
  }

  #state(line: BmcLineStatus | undefined): SourceState {
    if (this.#outcome === undefined) return 'starting';
    if (line && line.breaker.state !== 'closed') return 'down';
    if (this.#outcome === 'ok') return 'up';
    const wasUp = this.#lastSuccessMs !== undefined;
    return this.#outcome === 'partial' || wasUp ? 'degraded' : 'down';
  }

  /** Readings of the BMC as a part of its host; a shelf's controller has no entity of its own. */
  #ofBmc(outcome: PollOutcome): BmcReading[] {
    if (misplaced(this.#identity.entityKind, 'bmc', 'upFlag')) return [];
    const atMs = this.#context.clock.now();
    const known = this.clock.bounds;
    // A BMC that takes seconds to answer has no offset to speak of, only wide bounds.
    const bounds = known && tellsOffset(known) ? known : undefined;
    const values: [string, number | undefined][] = [
      ['upFlag', outcome.result === 'failed' ? 0 : 1],
      ['bmcPollHz', this.#schedule.status(this.#identity.id)?.rateHz],
      ['clockOffsetS', bounds && bounds.offsetMs / 1_000],
      ['clockUncertaintyS', bounds && bounds.uncertaintyMs / 1_000],
    ];
    return values
      .filter((pair): pair is [string, number] => pair[1] !== undefined)
      .map(([signal, value]) => ({ kind: 'bmc', slot: 0, signal, value, atMs }));
  }

  #flushDrops(): void {
    const pending = this.#pending;
    this.#pending = new Map();
    for (const [why, count] of pending) this.#context.port.drop(this.#identity.id, why, count);
  }
}
