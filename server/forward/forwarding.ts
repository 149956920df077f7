/**
 * Values of the live twin to stores of others: InfluxDB 1.x by its line protocol, Prometheus and
 * its kin by remote write. Dated by the wall clock, never ahead of it: one sample from the future
 * makes Prometheus refuse everything until that time has come.
 */
import type { Logger } from 'pino';
import { createDelivery, type Delivery, type DeliveryStats, type Wire } from './delivery.ts';
import { ENDED, type Slice } from './group.ts';
import { type ForwardInfluxConfig, influxWire } from './influx-wire.ts';
import { type RemoteWriteConfig, remoteWriteWire } from './remote-write-wire.ts';
import { createRollUps } from './roll-ups.ts';
import { createSampler, type Readable, type Round } from './sampler.ts';

export interface ForwardingOptions {
  readonly live: Readable;
  readonly forwardInflux: readonly ForwardInfluxConfig[];
  readonly remoteWrite: readonly RemoteWriteConfig[];
  readonly log: Logger;
  /** Wall clock, epoch ms; not that of the twin, which may run faster. */
  readonly now?: () => number;
  /** First and longest pause after a failure; 1 s and 60 s unless given. */
  readonly retryMs?: readonly [first: number, longest: number];
}

export interface ForwardStats extends DeliveryStats {
  readonly id: string;
  readonly kind: 'influx' | 'remoteWrite';
  /** Series that are read, and chosen ones beyond `maxSeries`. */
  readonly series: number;
  readonly leftOutSeries: number;
  /** Rounds of reading, and those left out since the clock had gone back. */
  readonly rounds: number;
  readonly skippedRounds: number;
  /** What reading took the last time. */
  readonly roundMs: number;
}

export interface Forwarding {
  start(): void;
  /** Reads all targets' values now, as the timers do. */
  round(): void;
  /** Tries to deliver now. True when nothing is left waiting. */
  flush(): Promise<boolean>;
  /** One last attempt; what is then left is counted as dropped. */
  stop(): Promise<void>;
  stats(): readonly ForwardStats[];
}

/** @throws Error when a file of the TLS settings cannot be read. */
export function createForwarding(options: ForwardingOptions): Forwarding {
  const targets = [
    ...options.forwardInflux.map(config => influxTarget(config, options)),
    ...options.remoteWrite.map(config => remoteWriteTarget(config, options)),
  ];
  return {
    start() {
      for (const target of targets) target.start();
    },
    round() {
      for (const target of targets) target.round();
    },
    async flush() {
      const flushed = await Promise.all(targets.map(target => target.delivery.flush()));
      return flushed.every(Boolean);
    },
    async stop() {
      await Promise.all(targets.map(target => target.stop()));
    },
    stats: () => targets.map(target => target.stats()),
  };
}

interface TargetParts {
  readonly kind: ForwardStats['kind'];
  readonly config: ForwardInfluxConfig | RemoteWriteConfig;
  readonly delivery: Delivery;
  /** What of a round goes to the store. */
  readonly slicesOf: (round: Round) => readonly Slice[];
  /** What is still to go when no round follows. */
  readonly rest: () => readonly Slice[];
}

function influxTarget(config: ForwardInfluxConfig, options: ForwardingOptions) {
  const wire = influxWire(config);
  const limits = { batchMax: config.batchPoints, flushMs: 1000 * config.flushS };
  const delivery = deliveryOf(config, wire, limits, options);
  const rollUps = config.values.includes('rollUps') ? createRollUps() : undefined;
  const isSampled = config.values.includes('samples');
  return createTarget(options, {
    ...{ kind: 'influx', config, delivery },
    slicesOf: round => [
      ...(isSampled ? round.slices.flatMap(withoutMarks) : []),
      ...(rollUps?.take(round) ?? []),
    ],
    rest: () => rollUps?.rest() ?? [],
  });
}

/** Of remote write nothing is gained by waiting: a round is what there is to send. */
const AT_ONCE_MS = 0;

function remoteWriteTarget(config: RemoteWriteConfig, options: ForwardingOptions) {
  const wire = remoteWriteWire(config);
  const limits = { batchMax: config.batchSamples, flushMs: AT_ONCE_MS };
  const delivery = deliveryOf(config, wire, limits, options);
  const slicesOf = (round: Round) => round.slices;
  return createTarget(options, {
    ...{ kind: 'remoteWrite', config, delivery, slicesOf, rest: () => [] },
  });
}

function deliveryOf(
  { id, maxQueueBytes }: ForwardInfluxConfig | RemoteWriteConfig,
  wire: Wire,
  limits: { readonly batchMax: number; readonly flushMs: number },
  { log, now = Date.now, retryMs }: ForwardingOptions,
): Delivery {
  return createDelivery({ id, wire, maxQueueBytes, ...limits, log, now, retryMs });
}

/** The clock was corrected when it is behind the last round by more; then rounds begin anew. */
const CORRECTED_MS = 60_000;

function createTarget({ live, log, now = Date.now }: ForwardingOptions, parts: TargetParts) {
  const { config, delivery } = parts;
  const everyMs = 1000 * config.everyS;
  const sampler = createSampler(live, config);
  const counts = { rounds: 0, skippedRounds: 0, roundMs: 0 };
  let lastMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  function round() {
    const nowMs = now();
    const atMs = Math.floor(nowMs / everyMs) * everyMs;
    if (atMs <= lastMs && nowMs > lastMs - CORRECTED_MS) {
      if (nowMs < lastMs) counts.skippedRounds++;
      return;
    }
    const startedAt = performance.now();
    lastMs = atMs;
    delivery.put(parts.slicesOf(sampler.take(atMs)));
    counts.rounds++;
    counts.roundMs = performance.now() - startedAt;
  }

  /** At whole multiples of the interval, so that samples of all series and restarts line up. */
  function schedule() {
    timer = setTimeout(
      () => {
        try {
          round();
        } catch (error) {
          log.error({ err: error, target: config.id }, 'values could not be read');
        }
        schedule();
      },
      everyMs - (now() % everyMs),
    );
  }

  return {
    delivery,
    round,
    start: schedule,
    async stop() {
      clearTimeout(timer);
      delivery.put(parts.rest());
      await delivery.stop();
    },
    stats: (): ForwardStats => ({
      ...{ id: config.id, kind: parts.kind },
      ...{ series: sampler.series, leftOutSeries: sampler.leftOut },
      ...counts,
      ...delivery.stats(),
    }),
  };
}

/** InfluxDB knows no end of a series. */
function withoutMarks(slice: Slice): Slice[] {
  if (!slice.values.includes(ENDED)) return [slice];
  const values = slice.values.map(value => (value === ENDED ? Number.NaN : value));
  return [{ ...slice, values }];
}
