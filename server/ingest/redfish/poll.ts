/**
 * Reads a BMC's tree piece by piece: each poll takes what is due, power and heat first, until its
 * budget is spent, and what was left comes first next time. Finding resources and reading them is
 * the same act, so a BMC that needs minutes for its tree delivers from the first seconds.
 */
import type { Arbiter } from '../bmc/arbiter.ts';
import type { PollMode, PollOutcome } from '../bmc/schedule.ts';
import type { FetchFailure, RedfishClient } from './client.ts';
import { type Cadence, cadenceOf, isInternal, linksOf, ownerOf, resourceType } from './discover.ts';
import {
  type Interpretation,
  interpret,
  type Machine,
  type Owner,
  type ResourceView,
} from './interpret.ts';
import { at, canonical, type JsonObject, linkOf, objectsAt, textAt } from './json.ts';
import { type Item, type LinkTo, ResourceQueue } from './queue.ts';

const ROOT = '/redfish/v1';
/** The members, without what they link to: one answer for a whole collection of sensors. */
const EXPAND = '?$expand=.($levels=1)';
/** Logs are paged by the BMC and may be long; expanded they would be one huge answer. */
const NEVER_EXPANDED = new Set([
  ...['LogEntryCollection', 'ChassisCollection', 'ComputerSystemCollection', 'ManagerCollection'],
]);
/** Collections refused in expanded form after which no more are asked for. */
const EXPAND_REFUSALS = 2;
/** Share of the budget after which no request is started, so that few are cut off half way. */
const STARTED_WITHIN = 0.8;
/** Requests in a row without an answer after which a BMC that has answered counts as silent. */
const SILENT_AFTER = 2;
/** Accounts lock after a few refused logins; most unlock within a quarter of an hour. */
const REFUSED_WAIT_MS = 300_000;
/** What a faster rate is asked for. */
const POWER = new Set(['bmcPowerW', 'psuInputPowerW', 'gpuPowerW']);

interface PollOptions {
  readonly client: Pick<RedfishClient, 'get'>;
  readonly arbiter: Arbiter;
  readonly machine: { readonly kind: Machine['kind'] };
  readonly maxResources: number;
  readonly budgetMs: number;
  /** Time between readings; of the wall, like `nowMs`. */
  readonly intervalMs: Readonly<Record<Exclude<Cadence, 'once'>, number>>;
  /** How long a reading stands, of the clock that `atMs` is on. */
  holdMs(cadence: Cadence): number;
  /** Monotonic. */
  nowMs(): number;
  drop(why: string, count: number): void;
  /** A resource could not be read; for the health of the source. */
  failed(error: string): void;
  /** After each resource, so that readings can be passed on before the poll is over. */
  progress(): void;
  /** Resources that say something beside readings: logs, reports, versions. */
  special(type: string, uri: string, body: JsonObject, atMs: number): Special;
}

export interface Special {
  /** Whether it is worth reading although it bears no reading itself. */
  readonly isWorth: boolean;
  readonly links: readonly string[];
}

/** What reading a resource brought to light about it. */
interface Notes {
  readonly parent: Item;
  readonly atMs: number;
  readonly sensors: string[];
  bearsPower: boolean;
}

interface Tally {
  read: number;
  failed: number;
  silent: number;
  refused: boolean;
}

export class RedfishWalk {
  readonly #options: PollOptions;
  readonly #queue: ResourceQueue;
  readonly #owners = new Map<string, Owner>();
  readonly #sensors = new Map<string, ResourceView>();
  #canExpand = false;
  #expandRefusals = 0;
  #poweredOn: boolean | undefined;
  readonly #machine: Machine;

  constructor(options: PollOptions) {
    this.#options = options;
    this.#queue = new ResourceQueue(options.maxResources);
    const walk = this;
    this.#machine = {
      kind: options.machine.kind,
      get poweredOn() {
        return walk.#poweredOn;
      },
      ownerOf: uri => this.#owners.get(canonical(uri)),
    };
    this.#queue.add({ uri: ROOT }, { depth: -1, order: 0, owner: undefined, isInternal: false });
  }

  /** Resources known. */
  get size(): number {
    return this.#queue.size;
  }

  /** Whether every part of the machine was found, so that their numbers will not move. */
  get knowsParts(): boolean {
    return this.#queue.knowsParts;
  }

  isSensor(path: string): boolean {
    return this.#sensors.has(path);
  }

  async poll(signal: AbortSignal, mode: PollMode): Promise<PollOutcome> {
    const tally: Tally = { read: 0, failed: 0, silent: 0, refused: false };
    const { nowMs, budgetMs } = this.#options;
    const lastStartMs = nowMs() + STARTED_WITHIN * budgetMs;
    const wanted = this.#wanted(mode);
    // taken one by one: what is taken from the queue is read
    while (!signal.aborted && nowMs() <= lastStartMs) {
      const { value: item, done } = wanted.next();
      if (done) break;
      await this.#read(item, signal, tally);
      this.#options.progress();
      if (tally.refused) return { result: 'failed', waitMs: REFUSED_WAIT_MS };
      if (tally.silent >= (tally.read > 0 ? SILENT_AFTER : 1)) break;
    }
    if (tally.read === 0 && tally.failed > 0) return { result: 'failed' };
    return { result: tally.failed > 0 ? 'partial' : 'ok' };
  }

  /** A reading that came by another way than its own resource: a metric report. */
  reported(sensor: string, value: number, atMs: number): void {
    const view = this.#sensors.get(sensor);
    if (!view) return;
    const body = { ...view.body, Reading: value };
    this.#offer(interpret({ ...view, body, atMs }, this.#machine));
    this.#queue.cover(sensor, this.#options.nowMs() + 2 * this.#options.intervalMs.fast);
  }

  *#wanted(mode: PollMode): Generator<Item> {
    const root = this.#queue.get(ROOT) as Item;
    if (mode === 'probe') {
      yield root;
      return;
    }
    const { nowMs, budgetMs, intervalMs } = this.#options;
    const turn = { nowMs, budgetMs, slackMs: intervalMs.fast / 2 };
    let any = false;
    for (const item of mode === 'boost' ? this.#queue.power() : this.#queue.due(turn)) {
      any = true;
      yield item;
    }
    // nothing due is no sign of life: ask for the root
    if (!any) yield root;
  }

  async #read(item: Item, signal: AbortSignal, tally: Tally): Promise<void> {
    const fetched = await this.#options.client.get(item.uri, signal, item.expand ? EXPAND : '');
    if (fetched.ok) {
      tally.read++;
      tally.silent = 0;
      item.failures = 0;
      this.#visit(item, fetched.body, fetched.atMs);
    } else this.#failed(item, fetched, tally);
  }

  #failed(item: Item, failure: FetchFailure, tally: Tally): void {
    this.#options.drop(failure.why, 1);
    if (failure.missing) {
      // BMCs list members that are not there; that says nothing about the BMC
      tally.read++;
      this.#wait(item, 'structure');
      return;
    }
    if (item.expand && !failure.unreachable && !failure.refused) {
      item.expand = false;
      this.#canExpand &&= ++this.#expandRefusals < EXPAND_REFUSALS;
      this.#queue.again(item);
      return;
    }
    tally.failed++;
    tally.silent = failure.unreachable ? tally.silent + 1 : 0;
    tally.refused = failure.refused;
    this.#options.failed(failure.error);
    if (item.cadence === 'new') item.cadence = 'structure';
    this.#queue.retryLater(item, this.#options.nowMs(), this.#options.intervalMs.fast);
  }

  #visit(item: Item, body: JsonObject, atMs: number): void {
    const self = linkOf(body);
    if (self !== undefined && canonical(self) !== canonical(item.uri) && this.#queue.has(self)) {
      this.#options.drop('same resource by another path', 1);
      this.#wait(item, 'structure');
      return;
    }
    const type = resourceType(item.uri, body, item.as);
    if (type === 'ServiceRoot' && item.cadence === 'new')
      this.#canExpand = at(body, EXPAND_FEATURE) === true;
    const notes: Notes = { parent: item, atMs, sensors: [], bearsPower: false };
    const own = this.#take(item.uri, type, body, notes);
    if (type === 'LogEntry') {
      this.#queue.remove(item);
      return;
    }
    const members = this.#members(item, type, body, notes);
    if (members === 'again') return;
    item.sensors = notes.sensors;
    item.bearsPower = notes.bearsPower;
    this.#wait(item, fastest([own, members]));
  }

  /** Members that are spelled out are read here; the others become resources of their own. */
  #members(item: Item, type: string, body: JsonObject, notes: Notes): Cadence | 'again' {
    if (type === 'LogEntryCollection' || !Array.isArray(body.Members))
      return this.#noMembers(type, body);
    const members = objectsAt(body, 'Members');
    const linked = members.filter(member => !isSpelledOut(member));
    const mayExpand = this.#canExpand && item.expand === undefined && !NEVER_EXPANDED.has(type);
    if (linked.length > 1 && mayExpand) {
      item.expand = true;
      this.#queue.again(item);
      return 'again';
    }
    if (item.expand && linked.length > 0) item.expand = false;
    for (const member of linked) this.#follow({ uri: linkOf(member) ?? '' }, item);
    const next = textAt(body, 'Members@odata.nextLink') ?? linkOf(body['Members@odata.nextLink']);
    if (next) this.#follow({ uri: next }, item);
    return fastest(
      members.filter(isSpelledOut).map((member, index) => {
        const uri = linkOf(member) ?? `${item.uri}/${index}`;
        const memberType = resourceType(uri, member);
        return this.#take(uri, memberType, member, notes);
      }),
    );
  }

  #noMembers(type: string, body: JsonObject): Cadence {
    if (type.endsWith('Collection') && !Array.isArray(body.Members))
      this.#options.drop('collection without members', 1);
    return 'structure';
  }

  /** Links, readings and events of one resource. @returns how often it is worth reading */
  #take(uri: string, type: string, body: JsonObject, notes: Notes): Cadence {
    const { parent, atMs } = notes;
    const owner = ownerOf(type, uri, body, parent.owner);
    const internal = isInternal(type, body, parent.isInternal);
    if (owner && owner !== parent.owner) this.#owners.set(canonical(uri), owner);
    if (type === 'ComputerSystem' && !internal)
      this.#poweredOn = textAt(body, 'PowerState') === 'On';
    const self = { ...parent, owner, isInternal: internal };
    for (const link of linksOf(type, body, owner)) this.#follow(link, self);
    const special = this.#options.special(type, uri, body, atMs);
    for (const link of special.links) this.#follow({ uri: link, order: 5 }, self);
    const holdMs = this.#options.holdMs(cadenceOf(type));
    const view = { uri, type, body, owner, isInternal: internal, atMs, holdMs };
    const found = interpret(view, this.#machine);
    this.#offer(found);
    if (type === 'Sensor' && found.candidates.length > 0) {
      notes.sensors.push(canonical(uri));
      this.#sensors.set(canonical(uri), view);
    }
    notes.bearsPower ||= found.candidates.some(({ signal }) => POWER.has(signal));
    return special.isWorth ? cadenceOf(type) : this.#worth(type, found);
  }

  /** Nothing to read: as rarely as structure; only parts that are not there now: as inventory. */
  #worth(type: string, found: Interpretation): Cadence {
    const { arbiter } = this.#options;
    const cadence = cadenceOf(type);
    // copies of better sensors are looked at now and then, in case those fall silent
    if (found.candidates.length > 0)
      return found.candidates.every(one => arbiter.isOutranked(one)) ? slower(cadence) : cadence;
    const drops = found.drops.filter(drop => drop.why !== 'sensor without type and unit');
    if (drops.length === 0) return 'structure';
    return drops.every(drop => drop.why.startsWith('part ')) ? 'inventory' : cadence;
  }

  #follow(link: LinkTo, parent: Item): void {
    if (link.uri === '') {
      this.#options.drop('member without link', 1);
      return;
    }
    const added = this.#queue.add(link, parent);
    if (added === 'too deep') this.#options.drop('resource nested too deep', 1);
    if (added === 'too many') this.#options.drop('more resources than maxResources', 1);
  }

  #offer(found: Interpretation): void {
    for (const candidate of found.candidates) this.#options.arbiter.offer(candidate);
    for (const { origin, why } of found.drops) {
      this.#options.arbiter.withdraw(origin);
      this.#options.drop(why, 1);
    }
  }

  #wait(item: Item, cadence: Cadence): void {
    item.cadence = cadence;
    const intervalMs = this.#options.intervalMs[cadence === 'once' ? 'structure' : cadence];
    item.dueMs = this.#options.nowMs() + intervalMs;
  }
}

const EXPAND_FEATURE = 'ProtocolFeaturesSupported.ExpandQuery.NoLinks';
const ORDER: readonly Cadence[] = ['fast', 'health', 'inventory', 'structure', 'once'];

const fastest = (cadences: readonly Cadence[]): Cadence =>
  ORDER.find(cadence => cadences.includes(cadence)) ?? 'structure';

/** A member is spelled out when it says more than where it is. */
const isSpelledOut = (member: JsonObject) =>
  Object.keys(member).some(key => !key.startsWith('@odata.'));

const slower = (cadence: Cadence): Cadence => (cadence === 'fast' ? 'health' : 'inventory');
