/**
 * The live model of the service: the twin of the current generation, its texts and events, the tick,
 * and the change to a new generation when the inventory changes.
 */
import {
  buildTopology,
  type Inventory,
  migrate,
  migrateBreaches,
  type Parsed,
  type Tick,
  type Topology,
  Twin,
} from '../twin/index.ts';
import type { Clock } from './clock.ts';
import type { SourceEvent } from './ingest/contract.ts';
import { createStepper } from './stepper.ts';

const MAX_EVENTS = 10_000;
const MAX_TEXTS = 100_000;

/** Hears of everything that goes into the live model, in its order. */
export interface Recorder {
  written(cell: number, value: number, atMs: number): void;
  late(cell: number, value: number, atMs: number): void;
  stale(cell: number): void;
  text(index: number, text: string): void;
  event(event: SourceEvent): void;
}

export interface LiveTwin {
  /** Works out everything that has changed, at once. */
  tick(): void;
  /** The same in steps, so that others get their turn meanwhile. */
  tickInParts(): Promise<void>;
  /** Ends the tick under way, if there is one: for those who read what it works out. */
  settle(): void;
  readonly clock: Clock;
  /** The twin of the current generation; do not keep it over ticks. */
  readonly twin: Twin;
  readonly texts: TextTable;
  /** Recent events, newest last; the same key is one event. */
  readonly events: EventLog;
  /** When the last tick ended, and what it took. */
  readonly lastTick: { readonly atMs: number; readonly tookMs: number };
  /** Takes a measured value, which the caller has judged fit. */
  write(cell: number, entity: number, value: number, atMs: number): void;
  /** A good value that is older than what the model holds: of use to the history only. */
  late(cell: number, value: number, atMs: number): void;
  /** The source says that the series has ended. */
  markStale(cell: number, entity: number): void;
  /** From now on, what goes in is told to the recorder too. */
  record(recorder: Recorder): void;
  onTick(listener: (tick: Tick) => void): void;
  /** Called when a new generation has taken over, with the twin of the one before. */
  onGeneration(listener: (topology: Topology, before: Twin) => void): void;
  /** Builds a new generation from an inventory; values of entities that stay are kept. */
  reload(inventory: Inventory): Parsed<Topology>;
}

export function createLiveTwin(topology: Topology, clock: Clock): LiveTwin {
  let recorder: Recorder | undefined;
  const ticks: ((tick: Tick) => void)[] = [];
  const generations: ((topology: Topology, before: Twin) => void)[] = [];

  const ticker = createStepper(() => live.twin.tickInParts(clock.now()), {
    // Alerts wait for it.
    isUrgent: true,
    done(made, tookMs) {
      for (const listener of ticks) listener(made);
      live.lastTick = { atMs: made.atMs, tookMs };
    },
  });

  // No getters: V8 keeps an object literal that has one as a hash table, and every sample comes
  // through here.
  const live: { -readonly [Part in keyof LiveTwin]: LiveTwin[Part] } = {
    clock,
    twin: new Twin(topology),
    texts: createTexts((index, text) => recorder?.text(index, text)),
    events: createEvents(event => recorder?.event(event)),
    lastTick: { atMs: clock.now(), tookMs: 0 },
    write(cell, entity, value, atMs) {
      live.twin.write(cell, entity, value, atMs);
      recorder?.written(cell, value, atMs);
    },
    late: (cell, value, atMs) => recorder?.late(cell, value, atMs),
    markStale(cell, entity) {
      live.twin.markStale(cell, entity);
      recorder?.stale(cell);
    },
    record(next) {
      recorder = next;
    },
    tick: ticker.run,
    tickInParts: ticker.runInParts,
    settle: ticker.settle,
    onTick: listener => ticks.push(listener),
    onGeneration: listener => generations.push(listener),
    reload(inventory) {
      ticker.settle();
      const before = live.twin;
      const built = buildTopology(inventory, before.topology.generation + 1);
      if (!built.ok) return built;
      const next = new Twin(built.value);
      migrate(before, next);
      migrateBreaches(before, next);
      live.twin = next;
      for (const listener of generations) listener(built.value, before);
      // What is derived from the values that came along must not be missing until the next tick.
      ticker.run();
      return built;
    },
  };
  return live;
}

/** Texts (versions, models) as small numbers, so that they fit a column. */
export interface TextTable {
  intern(text: string): number;
  textOf(index: number): string | undefined;
  /** Takes a text back at the place that it had; texts come back in their order. */
  restore(index: number, text: string): void;
  /** In the order of their indices. */
  all(): readonly string[];
  readonly size: number;
}

function createTexts(added: (index: number, text: string) => void): TextTable {
  const texts: string[] = [];
  const indexOf = new Map<string, number>();
  return {
    intern(text) {
      const known = indexOf.get(text);
      if (known !== undefined) return known;
      // A label that changes all the time must not fill the memory: from here on, one text for all.
      if (texts.length >= MAX_TEXTS) return MAX_TEXTS - 1;
      const index = texts.push(text) - 1;
      indexOf.set(text, index);
      added(index, text);
      return index;
    },
    textOf: index => texts[index],
    all: () => [...texts],
    restore(index, text) {
      // One that was lost leaves a place that nothing is known of.
      while (texts.length < Math.min(index, MAX_TEXTS)) texts.push('');
      if (index !== texts.length || index >= MAX_TEXTS) return;
      texts.push(text);
      indexOf.set(text, index);
    },
    get size() {
      return texts.length;
    },
  };
}

export interface EventLog {
  add(event: SourceEvent): void;
  recent(limit: number): readonly SourceEvent[];
  readonly total: number;
}

function createEvents(added: (event: SourceEvent) => void): EventLog {
  const events: SourceEvent[] = [];
  const keys = new Set<string>();
  let total = 0;
  return {
    add(event) {
      const key = `${event.source} ${event.key}`;
      if (keys.has(key)) return;
      keys.add(key);
      events.push(event);
      total++;
      added(event);
      if (events.length <= MAX_EVENTS) return;
      const oldest = events.shift() as SourceEvent;
      keys.delete(`${oldest.source} ${oldest.key}`);
    },
    recent: limit => events.slice(-limit),
    get total() {
      return total;
    },
  };
}
