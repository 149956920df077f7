/** The fewest hosts that any packing can need: a bound from totals, before any search. */

/** Amounts by resource, in whatever unit, the same on both sides. */
type Amounts = Readonly<Record<string, number>>;

/**
 * How the needs come in pieces that stay whole.
 *
 * - absent: they flow like water
 * - true: capacities are counts of whole items, so their fractions are of no use. Where one need
 *   has no capacity it is the count of items instead, all alike, and each takes its part of the totals
 * - a number: so many items a host takes, of which only whole ones count. Where one need has no
 *   capacity, that need counts the items; otherwise a host is of use only to the part that whole
 *   items fill: 15 kW that hold 4.69 items serve as 12.8 kW; a capacity of 4.69 beside a 4 counts
 *   the items itself
 * - amounts: the size of one item by resource
 */
type Wholeness = boolean | number | Amounts | undefined;

/**
 * `max over resources of ceil(need / capacity)`, and with pieces that stay whole
 * `ceil(items / min over resources of floor(capacity / size))`, which is never lower.
 * @returns whole hosts; 0 for needs that are all 0
 * @throws RangeError if a need has no capacity, or an item fits no host
 */
export function fewestHosts(needs: Amounts, capacity: Amounts, whole?: Wholeness): number {
  const bounded = Object.keys(needs).filter(resource => Object.hasOwn(capacity, resource));
  const loose = Object.keys(needs).filter(resource => !Object.hasOwn(capacity, resource));
  const counts = whole === undefined || whole === false || typeof whole === 'object' ? 0 : 1;
  if (loose.length > counts) {
    throw new RangeError(`capacity says nothing of ${loose.join(', ')}; add how much a host has`);
  }
  if (bounded.length + loose.length === 0) throw new RangeError('needs names no resource');
  const ceilings = bounded.map(resource => hostsFor(resource, needs, capacity));
  const fluid = Math.max(0, ...ceilings);
  return Math.max(fluid, wholeBound({ needs, capacity, bounded, count: loose[0] }, whole));
}

interface Packing {
  readonly needs: Amounts;
  readonly capacity: Amounts;
  /** Resources with a capacity. */
  readonly bounded: readonly string[];
  /** The need that counts items, where there is one. */
  readonly count?: string;
}

function wholeBound({ needs, capacity, bounded, count }: Packing, whole: Wholeness): number {
  if (whole === undefined || whole === false) return 0;
  if (count !== undefined) {
    const items = roundUp(needs[count]);
    const parts = bounded.map(resource => [resource, needs[resource] / needs[count]] as const);
    const most = typeof whole === 'number' ? roundDown(whole) : Number.POSITIVE_INFINITY;
    return packed(items, Object.fromEntries(parts), capacity, most);
  }
  if (whole === true) {
    const floored = Object.fromEntries(bounded.map(each => [each, roundDown(capacity[each])]));
    return Math.max(0, ...bounded.map(resource => hostsFor(resource, needs, floored)));
  }
  if (typeof whole === 'number') {
    if (roundDown(whole) < 1) throw new RangeError('not one whole item fits a host');
    const filled = Math.min(1, roundDown(whole) / whole);
    const usedOf = (each: string) =>
      Math.floor(capacity[each]) === whole ? whole : filled * capacity[each];
    const used = Object.fromEntries(bounded.map(each => [each, usedOf(each)]));
    return Math.max(0, ...bounded.map(resource => hostsFor(resource, needs, used)));
  }
  return sized(needs, capacity, whole);
}

/** Items of one size: as many as the neediest resource asks for. */
function sized(needs: Amounts, capacity: Amounts, size: Amounts): number {
  const unknown = Object.keys(size).filter(resource => !Object.hasOwn(capacity, resource));
  if (unknown.length > 0) {
    throw new RangeError(`an item takes ${unknown.join(', ')}, of which capacity says nothing`);
  }
  const taken = Object.keys(size).filter(resource => size[resource] > 0);
  const items = Math.max(0, ...taken.map(each => roundUp((needs[each] ?? 0) / size[each])));
  return packed(items, size, capacity, Number.POSITIVE_INFINITY);
}

function packed(items: number, size: Amounts, capacity: Amounts, most: number): number {
  if (items === 0) return 0;
  const taken = Object.keys(size).filter(resource => size[resource] > 0);
  const fits = taken.map(resource => roundDown(capacity[resource] / size[resource]));
  const perHost = Math.min(most, ...fits);
  if (perHost < 1) throw new RangeError('not one whole item fits a host');
  // No resource and no count limits a host: one is enough.
  return perHost === Number.POSITIVE_INFINITY ? 1 : roundUp(items / perHost);
}

function hostsFor(resource: string, needs: Amounts, capacity: Amounts): number {
  if (needs[resource] === 0) return 0;
  if (!(capacity[resource] > 0)) {
    throw new RangeError(`a host has no ${resource}, of which ${needs[resource]} is needed`);
  }
  return roundUp(needs[resource] / capacity[resource]);
}

/** 0.3 / 0.1 is a little under 3, and 1.1 / 0.1 a little over 11: neither is to cost a host. */
const ROUNDING = 1e-9;
const roundUp = (value: number) => Math.ceil(value * (1 - ROUNDING));
const roundDown = (value: number) => Math.floor(value * (1 + ROUNDING));
