/** A BMC read by Redfish, as a source. */
import { BmcRecord, type BmcSource } from '../bmc/bmc-source.ts';
import { type BmcSchedule, type PollMode, sharedBmcSchedule } from '../bmc/schedule.ts';
import { wallTimers } from '../bmc/timers.ts';
import type { SourceContext, SourceEvent } from '../contract.ts';
import { type ChangeWatch, createChangeWatch } from './changes.ts';
import { RedfishClient } from './client.ts';
import {
  type RedfishSourceConfig,
  type RedfishSourceInput,
  redfishSourceConfig,
} from './config.ts';
import type { Cadence } from './discover.ts';
import { followEvents } from './events.ts';
import { at, type JsonObject, objectsAt, textAt } from './json.ts';
import { createLogReader, type LogReader } from './logs.ts';
import { reportedValues } from './metric-report.ts';
import { RedfishWalk, type Special } from './poll.ts';

/** Readings are passed on at least this often within a long poll. */
const DELIVER_EVERY_MS = 1_000;
const NOTHING: Special = { isWorth: false, links: [] };

/**
 * @throws ZodError for a bad configuration, Error when the file of the authority cannot be read
 */
export function createRedfishSource(
  config: RedfishSourceInput,
  context: SourceContext,
  schedule: BmcSchedule = sharedBmcSchedule('connection'),
): BmcSource {
  return new RedfishBmc(redfishSourceConfig.parse(config), context, schedule).source();
}

class RedfishBmc {
  readonly #config: RedfishSourceConfig;
  readonly #context: SourceContext;
  readonly #record: BmcRecord;
  readonly #client: RedfishClient;
  readonly #walk: RedfishWalk;
  readonly #logs: LogReader;
  readonly #changes: ChangeWatch;
  #deliveredMs = 0;
  #eventUri: string | undefined;
  #stopEvents: (() => void) | undefined;

  constructor(config: RedfishSourceConfig, context: SourceContext, schedule: BmcSchedule) {
    this.#config = config;
    this.#context = context;
    this.#record = new BmcRecord({ ...config, target: config.url }, context, schedule);
    this.#client = new RedfishClient(config, context.clock, this.#record.clock);
    const emit = (event: SourceEvent) => context.port.event(event);
    const named = { source: config.id, entity: config.host, emit };
    this.#changes = createChangeWatch(named);
    this.#logs = createLogReader({
      ...{ ...named, backlog: config.logBacklog, clock: () => this.#record.clock.bounds },
      drop: (why, count) => this.#record.drop(why, count),
    });
    this.#walk = this.#createWalk();
  }

  source(): BmcSource {
    return this.#record.source(
      (signal, mode) => this.#poll(signal, mode),
      () => this.#close(),
    );
  }

  async #close(): Promise<void> {
    this.#stopEvents?.();
    this.#stopEvents = undefined;
    const error = await this.#client.close();
    if (error === undefined) return;
    this.#record.fail(error);
    this.#context.log.warn({ source: this.#config.id, error }, 'BMC keeps our session');
  }

  async #poll(signal: AbortSignal, mode: PollMode) {
    const outcome = await this.#walk.poll(signal, mode);
    this.#record.deliver(this.#walk.knowsParts);
    if (outcome.result !== 'failed') this.#subscribe();
    return outcome;
  }

  #createWalk(): RedfishWalk {
    const config = this.#config;
    const intervalS: Record<Exclude<Cadence, 'once'>, number> = {
      fast: config.intervalS,
      health: Math.max(config.intervalS, config.healthIntervalS),
      inventory: config.inventoryIntervalS,
      structure: config.discoverIntervalS,
    };
    const wallMs = (cadence: Exclude<Cadence, 'once'>) => this.#record.wallMs(intervalS[cadence]);
    const slackMs = 2 * config.pollBudgetS * 1_000 * this.#context.clock.speed;
    return new RedfishWalk({
      client: this.#client,
      arbiter: this.#record.arbiter,
      machine: { kind: config.entityKind },
      maxResources: config.maxResources,
      budgetMs: config.pollBudgetS * 1_000,
      intervalMs: {
        fast: wallMs('fast'),
        health: wallMs('health'),
        inventory: wallMs('inventory'),
        structure: wallMs('structure'),
      },
      holdMs: cadence => 3_000 * intervalS[cadence === 'once' ? 'structure' : cadence] + slackMs,
      nowMs: wallTimers.now,
      drop: (why, count) => this.#record.drop(why, count),
      failed: error => this.#record.fail(error),
      progress: () => this.#progress(),
      special: (type, uri, body, atMs) => this.#special(type, uri, body, atMs),
    });
  }

  #progress(): void {
    const nowMs = wallTimers.now();
    if (nowMs - this.#deliveredMs < DELIVER_EVERY_MS) return;
    this.#deliveredMs = nowMs;
    this.#record.deliver(this.#walk.knowsParts);
  }

  #special(type: string, uri: string, body: JsonObject, atMs: number): Special {
    switch (type) {
      case 'LogEntryCollection':
        return { isWorth: true, links: this.#logs.page(uri, body, atMs) };
      case 'LogEntry':
        this.#logs.entry(uri, body, atMs);
        return NOTHING;
      case 'MetricReport':
        return { isWorth: this.#report(body) > 0, links: [] };
      case 'Bios':
      case 'SoftwareInventory':
        this.#changes.observe(uri, type, body, atMs);
        return { isWorth: true, links: [] };
      case 'Manager':
        this.#setClock(body, atMs);
        return { isWorth: true, links: [] };
      case 'ComputerSystem':
        return { isWorth: true, links: [] };
      case 'EventService':
        if (at(body, 'ServiceEnabled') !== false)
          this.#eventUri = textAt(body, 'ServerSentEventUri');
        return NOTHING;
      default:
        return NOTHING;
    }
  }

  /** From the resource when answers carry no date; its resolution is a second. */
  #setClock(body: JsonObject, atMs: number): void {
    const statedMs = Date.parse(textAt(body, 'DateTime') ?? '');
    const sentMs = atMs - this.#config.requestTimeoutS * 1_000;
    if (Number.isFinite(statedMs) && !this.#record.clock.bounds)
      this.#record.clock.observe(statedMs, 1_000, sentMs, atMs);
  }

  /** @returns how many sensors the report stands for */
  #report(body: JsonObject): number {
    const values = reportedValues(body, {
      nowMs: this.#context.clock.now(),
      maxAgeMs: 2_000 * this.#config.intervalS + 10_000,
      clock: this.#record.clock.bounds,
      isSensor: path => this.#walk.isSensor(path),
      drop: why => this.#record.drop(why),
    });
    for (const { sensor, value, atMs } of values) this.#walk.reported(sensor, value, atMs);
    return values.length;
  }

  #subscribe(): void {
    const uri = this.#eventUri;
    if (!this.#config.events || uri === undefined || this.#stopEvents) return;
    this.#stopEvents = followEvents({
      id: this.#config.id,
      timers: wallTimers,
      open: signal => this.#client.stream(uri, signal),
      received: body => this.#received(body),
      drop: why => this.#record.drop(why),
      say: text => this.#context.log.warn({ source: this.#config.id }, text),
    });
  }

  #received(body: JsonObject): void {
    const nowMs = this.#context.clock.now();
    for (const event of objectsAt(body, 'Events')) this.#logs.pushed(event, nowMs);
    if (Array.isArray(body.MetricValues)) {
      this.#report(body);
      this.#record.deliver(this.#walk.knowsParts);
    }
  }
}
