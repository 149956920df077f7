/** What stands on what: parts that fail and are repaired, and how many suppliers each one needs. */

/** At least so many of these must be live. */
export interface RedundancyNeed {
  readonly atLeast: number;
  readonly of: readonly string[];
}

/** A generator that stands still until something that it supplies has too little without it. */
export interface Standby {
  /** From being called to carrying load, h. */
  readonly startH: number;
  /** Of those calls after which it does not run, and has to be repaired. */
  readonly failsToStartRatio: number;
  /** As long as its fuel, h. */
  readonly runH: number;
}

export interface RedundancyPart {
  readonly id: string;
  /** Mean time from a repair to the next failure, h; infinite for what never fails. */
  readonly mtbfH: number;
  /** Mean time from a failure to the end of its repair, h. */
  readonly mttrH: number;
  /** All of them must be met for the part to be live; none for a source. */
  readonly needs: readonly RedundancyNeed[];
  /** Its battery carries on for so long, h, where a need is not met. */
  readonly bridgeH?: number;
  readonly standby?: Standby | undefined;
  /** Down, and not repaired. */
  readonly isOut?: boolean;
}

/**
 * Beta factor: this part of the failures of each of these takes all of them at once. They are then
 * repaired one by one. A part is in one such group at most.
 */
export interface CommonCause {
  readonly of: readonly string[];
  readonly ratio: number;
}

export interface RedundancyGraph {
  readonly parts: readonly RedundancyPart[];
  readonly commonCauses?: readonly CommonCause[];
  /** The part whose service is asked for. */
  readonly serves: string;
}

export interface CompiledStandby extends Standby {
  readonly at: number;
  /** Needs that it can help to meet. */
  readonly helps: CompiledGraph['needs'][0];
}

/** The graph in numbers, suppliers before what they supply. Only what the service stands on. */
export interface CompiledGraph {
  readonly count: number;
  readonly ids: readonly string[];
  /** One byte a part: down from the start, and never repaired. */
  readonly out: Uint8Array;
  /** Own failures per hour, and repairs; 0 for what is out. */
  readonly failPerH: Float64Array;
  readonly repairPerH: Float64Array;
  readonly needs: readonly (readonly { readonly atLeast: number; readonly of: Int32Array }[])[];
  /** Hours that a battery carries, by part, and the parts that have one. */
  readonly bridgeH: Float64Array;
  readonly batteries: readonly number[];
  /** Generators that stand still while nothing has failed, and one byte a part: it is one. */
  readonly standbys: readonly CompiledStandby[];
  readonly isStandby: Uint8Array;
  readonly shared: readonly { readonly perH: number; readonly of: Int32Array }[];
  /** Place of the part that serves: the last. */
  readonly serves: number;
}

/** @throws RangeError on unknown or repeated ids, cycles, needs that cannot be met, bad figures */
export function compileGraph(graph: RedundancyGraph): CompiledGraph {
  const byId = new Map(graph.parts.map(part => [part.id, part]));
  if (byId.size < graph.parts.length) throw new RangeError('two parts of the graph share an id');
  const order = suppliersFirst(byId, graph.serves);
  const place = new Map(order.map((part, i) => [part.id, i]));
  const at = (ids: readonly string[]) => Int32Array.from(ids, id => place.get(id) ?? -1);
  const perH = (part: RedundancyPart, name: 'mtbfH' | 'mttrH') =>
    part.isOut ? 0 : 1 / positive(part, name);
  const failPerH = Float64Array.from(order, part => perH(part, 'mtbfH'));
  const repairPerH = Float64Array.from(order, part => perH(part, 'mttrH'));
  const shared = (graph.commonCauses ?? []).map(({ of, ratio }) => {
    if (!(ratio >= 0 && ratio <= 1)) throw new RangeError(`ratio ${ratio} of a common cause`);
    const unknown = of.find(id => !byId.has(id));
    if (unknown !== undefined) throw new RangeError(`a common cause names '${unknown}'`);
    return { of: at(of).filter(i => i >= 0), ratio };
  });
  const needs = order.map(part => part.needs.map(({ atLeast, of }) => ({ atLeast, of: at(of) })));
  const standbys = order.flatMap(({ id, standby }, i) =>
    standby
      ? [{ ...sound(id, standby), at: i, helps: needs.flat().filter(need => need.of.includes(i)) }]
      : [],
  );
  const bridgeH = Float64Array.from(order, part => part.bridgeH ?? 0);
  return {
    count: order.length,
    ids: order.map(part => part.id),
    bridgeH,
    batteries: [...bridgeH.keys()].filter(i => bridgeH[i] > 0),
    standbys,
    isStandby: Uint8Array.from(order, part => (part.standby ? 1 : 0)),
    out: Uint8Array.from(order, part => (part.isOut ? 1 : 0)),
    failPerH,
    repairPerH,
    needs,
    shared: splitShared(shared, failPerH),
    serves: order.length - 1,
  };
}

/** Takes the shared part off the own failures of the members, in place. */
function splitShared(
  groups: readonly { readonly of: Int32Array; readonly ratio: number }[],
  failPerH: Float64Array,
) {
  const isMember = new Uint8Array(failPerH.length);
  // With nobody to share it, the failure is the part's own.
  return groups
    .filter(({ of }) => of.length > 1)
    .map(({ of, ratio }) => {
      const perH = (ratio * of.reduce((sum, i) => sum + failPerH[i], 0)) / of.length;
      for (const i of of) {
        if (isMember[i]) throw new RangeError('a part is in two groups of a common cause');
        isMember[i] = 1;
        failPerH[i] = Math.max(0, failPerH[i] - perH);
      }
      return { perH, of };
    });
}

function suppliersFirst(
  byId: ReadonlyMap<string, RedundancyPart>,
  serves: string,
): RedundancyPart[] {
  const order: RedundancyPart[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (id: string, by: string) => {
    const part = byId.get(id);
    if (!part) throw new RangeError(`'${id}', which ${by} needs, is no part of the graph`);
    if (state.get(id) === 'done') return;
    if (state.get(id) === 'open') throw new RangeError(`'${id}' stands on itself`);
    state.set(id, 'open');
    for (const { atLeast, of } of part.needs) {
      if (!(atLeast >= 0 && atLeast <= of.length)) {
        throw new RangeError(`'${id}' needs ${atLeast} of ${of.length}`);
      }
      for (const supplier of of) visit(supplier, `'${id}'`);
    }
    state.set(id, 'done');
    order.push(part);
  };
  visit(serves, 'the question');
  return order;
}

function sound(id: string, standby: Standby): Standby {
  const { startH, failsToStartRatio, runH } = standby;
  if (startH >= 0 && runH > 0 && failsToStartRatio >= 0 && failsToStartRatio < 1) return standby;
  throw new RangeError(`standby of '${id}': ${JSON.stringify(standby)}`);
}

function positive(part: RedundancyPart, name: 'mtbfH' | 'mttrH'): number {
  const value = part[name];
  if (!(value > 0)) throw new RangeError(`${name} of '${part.id}' is ${value}; it must be above 0`);
  return value;
}

/**
 * Whether the service is there, with these parts down, once generators run and batteries are empty.
 * Fills `live` by part.
 */
export function isServed(graph: CompiledGraph, down: Uint8Array, live: Uint8Array): boolean {
  for (let i = 0; i < graph.count; i++) {
    live[i] = down[i] === 0 && graph.needs[i].every(need => isMet(need, live)) ? 1 : 0;
  }
  return live[graph.serves] === 1;
}

export const isMet = ({ atLeast, of }: CompiledGraph['needs'][0][0], live: Uint8Array) =>
  liveOf(of, live) >= atLeast;

/** How many of these parts are live. */
export function liveOf(of: Int32Array, live: Uint8Array): number {
  let count = 0;
  for (const i of of) count += live[i];
  return count;
}
