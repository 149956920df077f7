/** Where things stand in a rack: by attribute `u` (lowest unit, from 1), without it in order. */

export const RACK_UNITS = 42;

interface Mountable {
  readonly id: string;
  readonly kind: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** Height in rack units, where its class says so. */
  readonly heightU?: number;
}

export interface Slot {
  readonly id: string;
  readonly kind: string;
  /** Lowest unit, 1 at the floor. */
  readonly fromU: number;
  readonly heightU: number;
  /** The position is a guess: the inventory has none. */
  readonly isGuessed: boolean;
}

interface Elevation {
  readonly units: number;
  readonly slots: readonly Slot[];
}

const DEFAULT_HEIGHT_U: Readonly<Record<string, number>> = { host: 4 };

const numberAt = (source: Mountable, name: string) => {
  const value = source.attributes?.[name];
  return typeof value === 'number' && value > 0 ? value : undefined;
};

const heightOf = (item: Mountable) =>
  numberAt(item, 'heightU') ?? item.heightU ?? DEFAULT_HEIGHT_U[item.kind] ?? 1;

/** Switches go to the top, hosts fill from the floor with the room spread evenly. */
export function layoutRack(items: readonly Mountable[], units = RACK_UNITS): Elevation {
  const placed = items.flatMap(item => {
    const fromU = numberAt(item, 'u');
    return fromU === undefined ? [] : [slot(item, fromU, false)];
  });
  const rest = items.filter(item => numberAt(item, 'u') === undefined);
  const switches = rest.filter(item => item.kind !== 'host');
  const hosts = rest.filter(item => item.kind === 'host');
  const needed = [...switches, ...hosts].reduce((sum, item) => sum + heightOf(item), 0);
  const used = placed.reduce((sum, one) => sum + one.heightU, 0);
  const top = Math.max(units, needed + used, ...placed.map(one => one.fromU + one.heightU - 1));
  const taken = new Set(placed.flatMap(one => unitsOf(one)));
  const guessed = [...fromTop(switches, top, taken), ...fromFloor(hosts, top, taken)];
  return { units: top, slots: [...placed, ...guessed].sort((a, b) => b.fromU - a.fromU) };
}

const slot = (item: Mountable, fromU: number, isGuessed: boolean): Slot => ({
  id: item.id,
  kind: item.kind,
  fromU,
  heightU: heightOf(item),
  isGuessed,
});

const unitsOf = (one: Slot) => Array.from({ length: one.heightU }, (_, at) => one.fromU + at);

function fromTop(items: readonly Mountable[], top: number, taken: Set<number>): Slot[] {
  let at = top;
  return items.map(item => {
    while (at > 1 && taken.has(at)) at--;
    const height = heightOf(item);
    const one = slot(item, Math.max(1, at - height + 1), true);
    for (const unit of unitsOf(one)) taken.add(unit);
    at -= height;
    return one;
  });
}

function fromFloor(items: readonly Mountable[], top: number, taken: Set<number>): Slot[] {
  const height = items.reduce((sum, item) => sum + heightOf(item), 0);
  const spare = Math.max(0, top - taken.size - height);
  const gap = Math.min(2, Math.floor(spare / Math.max(1, items.length)));
  let at = 1;
  return items.map(item => {
    const heightU = heightOf(item);
    while (overlaps(at, heightU, taken) && at < top) at++;
    const one = slot(item, at, true);
    for (const unit of unitsOf(one)) taken.add(unit);
    at += heightU + gap;
    return one;
  });
}

function overlaps(fromU: number, heightU: number, taken: ReadonlySet<number>): boolean {
  for (let unit = fromU; unit < fromU + heightU; unit++) if (taken.has(unit)) return true;
  return false;
}
