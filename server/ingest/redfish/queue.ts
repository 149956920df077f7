/**
 * The resources of one BMC and when each is to be read next. A resource is known once, whatever the
 * spelling of its links, which with the bounds on depth and number ends every loop.
 */
import type { Cadence } from './discover.ts';
import type { Owner } from './interpret.ts';
import { canonical } from './json.ts';

/** Deepest useful chain: root, system, processor, port, metrics, with a collection before each. */
const MAX_DEPTH = 14;
const ORDERS = 6;
/** Parts of the machine are all known once links of this order and below are followed. */
const PART_ORDER = 4;
/** Share of a poll that power and heat may take while other resources wait. */
const FAST_SHARE = 0.5;
const MAX_RETRY_MS = 600_000;

export interface Item {
  readonly uri: string;
  readonly depth: number;
  readonly order: number;
  /** What the link said it is. */
  readonly as: string | undefined;
  /** Of the parent; the resource itself may be a part of its own. */
  readonly owner: Owner | undefined;
  readonly isInternal: boolean;
  cadence: Cadence | 'new';
  dueMs: number;
  failures: number;
  /** Whether members are asked for in one answer; undefined until it was tried. */
  expand: boolean | undefined;
  /** Sensors that it bears, by canonical path. */
  sensors: string[];
  /** Bears electric power, which is what a faster rate is asked for. */
  bearsPower: boolean;
}

type Added = 'added' | 'known' | 'too deep' | 'too many';

/** One poll's turn. */
interface Turn {
  nowMs(): number;
  readonly budgetMs: number;
  /** What falls due this soon is read now, or it would wait for another whole interval. */
  readonly slackMs: number;
}

type Parent = Pick<Item, 'depth' | 'order' | 'owner' | 'isInternal'>;

export interface LinkTo {
  readonly uri: string;
  readonly order?: number | undefined;
  readonly as?: string | undefined;
}

export class ResourceQueue {
  readonly #items = new Map<string, Item>();
  readonly #fresh: Item[][] = Array.from({ length: ORDERS }, () => []);
  readonly #maxItems: number;
  /** Until when each sensor is told by a metric report, so that it need not be read. */
  readonly #coveredUntilMs = new Map<string, number>();

  constructor(maxItems: number) {
    this.#maxItems = maxItems;
  }

  get size(): number {
    return this.#items.size;
  }

  /** Whether every part of the machine has been found. */
  get knowsParts(): boolean {
    return this.#fresh.slice(0, PART_ORDER + 1).every(list => list.length === 0);
  }

  has(uri: string): boolean {
    return this.#items.has(canonical(uri));
  }

  get(uri: string): Item | undefined {
    return this.#items.get(canonical(uri));
  }

  add(link: LinkTo, parent: Parent): Added {
    const key = canonical(link.uri);
    if (this.#items.has(key)) return 'known';
    if (parent.depth >= MAX_DEPTH) return 'too deep';
    if (this.#items.size >= this.#maxItems) return 'too many';
    const order = Math.max(parent.order, link.order ?? 0);
    const item: Item = {
      ...{ uri: link.uri, depth: parent.depth + 1, order, as: link.as, owner: parent.owner },
      ...{ isInternal: parent.isInternal, cadence: 'new', dueMs: 0, failures: 0 },
      ...{ expand: undefined, sensors: [], bearsPower: false },
    };
    this.#items.set(key, item);
    this.#fresh[order].push(item);
    return 'added';
  }

  /** Forgets a resource that is read once. */
  remove(item: Item): void {
    this.#items.delete(canonical(item.uri));
  }

  /** Read again without waiting, before anything else that is new. */
  again(item: Item): void {
    item.cadence = 'new';
    this.#fresh[item.order].unshift(item);
  }

  /** Doubles the wait of a resource that fails, so that it does not eat the time of the others. */
  retryLater(item: Item, nowMs: number, intervalMs: number): void {
    item.failures++;
    item.dueMs = nowMs + Math.min(MAX_RETRY_MS, intervalMs * 2 ** Math.min(item.failures, 20));
  }

  cover(sensor: string, untilMs: number): void {
    this.#coveredUntilMs.set(sensor, untilMs);
  }

  /** What tells the power, due or not. */
  power(): Item[] {
    return [...this.#items.values()].filter(item => item.cadence === 'fast' && item.bearsPower);
  }

  /** What to read in a poll that starts now, one after another, power and heat first. */
  *due({ nowMs, budgetMs, slackMs }: Turn): Generator<Item> {
    const startMs = nowMs();
    const waiting = [...this.#items.values()]
      .filter(item => item.cadence !== 'new' && item.dueMs <= startMs + slackMs)
      .filter(item => !this.#isCovered(item, startMs))
      .sort((a, b) => a.dueMs - b.dueMs);
    const fast = waiting.filter(item => item.cadence === 'fast');
    const rest = waiting.filter(item => item.cadence !== 'fast');
    const hasOther = () => rest.length > 0 || this.#fresh.some(list => list.length > 0);
    while (fast.length > 0 && !(nowMs() - startMs > FAST_SHARE * budgetMs && hasOther()))
      yield fast.shift() as Item;
    yield* this.#freshUpTo(PART_ORDER - 1);
    yield* rest;
    yield* this.#freshUpTo(ORDERS - 1);
    yield* fast;
  }

  *#freshUpTo(order: number): Generator<Item> {
    for (;;) {
      const list = this.#fresh.slice(0, order + 1).find(items => items.length > 0);
      if (!list) return;
      yield list.shift() as Item;
    }
  }

  #isCovered(item: Item, nowMs: number): boolean {
    const until = (sensor: string) => this.#coveredUntilMs.get(sensor) ?? 0;
    return item.sensors.length > 0 && item.sensors.every(sensor => until(sensor) > nowMs);
  }
}
