/** From one resource to candidates for readings, by the rows; and what was not taken, and why. */
import type { Kind } from '../../../twin/index.ts';
import type { Candidate } from '../bmc/arbiter.ts';
import { impossible, misplaced } from '../bmc/check.ts';
import { matchSensor, partNumber } from '../bmc/sensor-match.ts';
import type { Combine, Quantity, SensorSample } from '../bmc/sensor-rows.ts';
import { type SlotRef, sensorSlot } from '../bmc/slots.ts';
import { fieldValue, NOT_RUNNING } from './field-value.ts';
import { type Json, type JsonObject, linkOf, objectsAt, textAt } from './json.ts';
import { impossiblePower } from './psu-check.ts';
import { FIELD_ROWS, type FieldRow, SENSOR_ARRAYS, type SensorArrayRow } from './readings.ts';
import { READING_TYPES, READING_UNITS } from './units.ts';

/** The part that a resource belongs to. */
export interface Owner {
  readonly kind: Kind;
  readonly slot: SlotRef;
  /** Rated power of a PSU. */
  readonly ratedW?: number | undefined;
}

export interface ResourceView {
  readonly uri: string;
  readonly type: string;
  readonly body: JsonObject;
  readonly owner?: Owner | undefined;
  /** Of a module or board inside, whose air and power are not the machine's. */
  readonly isInternal: boolean;
  readonly atMs: number;
  readonly holdMs: number;
}

export interface Machine {
  readonly kind: Kind;
  readonly poweredOn: boolean | undefined;
  ownerOf(uri: string): Owner | undefined;
}

interface Drop {
  readonly origin: string;
  readonly why: string;
}

export interface Interpretation {
  readonly candidates: Candidate[];
  readonly drops: Drop[];
}

/** One value on its way to a candidate. */
interface Found {
  readonly origin: string;
  readonly raw: Json | undefined;
  readonly scale?: number | undefined;
  readonly offset?: number | undefined;
  readonly signal: string;
  readonly rank: number;
  readonly combine: Combine;
  readonly kind: Kind;
  readonly slot?: SlotRef | undefined;
}

export function interpret(view: ResourceView, machine: Machine): Interpretation {
  const result: Interpretation = { candidates: [], drops: [] };
  if (view.type === 'Sensor') takeSensor(view, machine, result);
  for (const row of SENSOR_ARRAYS)
    if (row.type === view.type) takeArray(row, view, machine, result);
  for (const row of FIELD_ROWS)
    if (row.type === view.type && belongs(row, view)) takeField(row, view, machine, result);
  return result;
}

function belongs(row: FieldRow, view: ResourceView): boolean {
  if (row.of === 'machine') return view.owner === undefined && !view.isInternal;
  return view.owner !== undefined && (row.of === 'part' || row.of === view.owner.kind);
}

// -- sensors --------------------------------------------------------------------------------------

function takeSensor(view: ResourceView, machine: Machine, result: Interpretation): void {
  const { body, uri } = view;
  const units = textAt(body, 'ReadingUnits');
  const typed = ownOf(READING_TYPES, textAt(body, 'ReadingType'));
  const unit = ownOf(READING_UNITS, units ?? typed?.[1]);
  const quantity = typed?.[0] ?? unit?.implies;
  if (!unit || !quantity) {
    const known = textAt(body, 'ReadingType') ?? units;
    if (known === undefined)
      result.drops.push({ origin: uri, why: 'sensor without type and unit' });
    return;
  }
  const sample = {
    quantity,
    context: textAt(body, 'PhysicalContext') ?? '',
    subContext: textAt(body, 'PhysicalSubContext') ?? '',
    isMargin: textAt(body, 'ReadingBasis') === 'Headroom',
    isInternal: view.isInternal,
  };
  const found = matched(elementNames(body), sample, machine);
  if (!found) return;
  const related = objectsAt(body, 'RelatedItem').map(item => machine.ownerOf(linkOf(item) ?? ''));
  const owner = related.find(part => part?.kind === found.kind);
  const slot = owner?.slot ?? found.slot;
  take(
    { ...found, origin: uri, raw: body.Reading, scale: unit.scale, offset: unit.offset, slot },
    { view, machine, result, status: body.Status },
  );
}

type Matched = Pick<Found, 'signal' | 'rank' | 'combine' | 'kind' | 'slot'>;

function matched(
  names: readonly string[],
  sample: Omit<SensorSample, 'name'>,
  machine: Machine,
): Matched | undefined {
  for (const name of names) {
    const match = matchSensor({ ...sample, name });
    if (!match) continue;
    const { signal, rank, combine } = match.row;
    const kind = match.row.kind === 'host' ? machine.kind : match.row.kind;
    const { ordinal } = match;
    const slot = ordinal === undefined ? undefined : sensorSlot(kind, ordinal);
    return { signal, rank, combine, kind, slot };
  }
  return undefined;
}

/** Signals of array elements that are parts themselves. */
const ELEMENT_SIGNALS: Partial<Record<Quantity, readonly [signal: string, Combine]>> = {
  fanSpeed: ['fanSpeedRpm', 'min'],
  percent: ['fanSpeedRatio', 'max'],
};

function takeArray(
  row: SensorArrayRow,
  view: ResourceView,
  machine: Machine,
  result: Interpretation,
): void {
  for (const [index, element] of objectsAt(view.body, row.each).entries()) {
    const unit = ownOf(READING_UNITS, textAt(element, 'ReadingUnits'));
    const quantity = row.quantity ?? unit?.implies;
    if (!quantity) continue;
    const where = `${view.uri}#/${row.each}/${index}`;
    const found = row.element
      ? elementMatch(row.element, quantity, elementSlot(row.element, element, where, view.type))
      : matched(elementNames(element), arraySample(quantity, element, view), machine);
    if (!found) continue;
    const raw = element[row.reading];
    const scale = row.quantity ? 1 : unit?.scale;
    const rank = found.rank + row.rank;
    take(
      { ...found, origin: where, raw, scale, offset: unit?.offset, rank },
      { view, machine, result, status: element.Status },
    );
  }
}

const elementNames = (element: JsonObject) =>
  ['Name', 'MemberId', 'Id'].map(key => textAt(element, key)).filter(name => name !== undefined);

function arraySample(
  quantity: Quantity,
  element: JsonObject,
  view: ResourceView,
): Omit<SensorSample, 'name'> {
  const context = textAt(element, 'PhysicalContext') ?? '';
  return { quantity, context, isInternal: view.isInternal };
}

function elementMatch(kind: Kind, quantity: Quantity, slot: SlotRef): Matched | undefined {
  const signal = ELEMENT_SIGNALS[quantity];
  return signal && { signal: signal[0], combine: signal[1], rank: 0, kind, slot };
}

/** Fans of two rotors share a number; PSUs do not. */
function elementSlot(kind: Kind, element: JsonObject, where: string, family: string): SlotRef {
  const ordinal = ordinalOf(kind, element);
  const exclusive = kind !== 'fan';
  const common = { kind, family, part: where, exclusive };
  return ordinal === undefined ? common : { ...common, ordinal };
}

/** No number of a part has more. */
const MAX_DIGITS = 9;

/** The number in a part's name, else its id, if that is only a number. */
export function ordinalOf(kind: Kind, body: JsonObject): number | undefined {
  const ids = [textAt(body, 'Name'), textAt(body, 'Id'), textAt(body, 'MemberId')];
  for (const id of ids) {
    const number = id === undefined ? undefined : partNumber(kind, id);
    if (number !== undefined) return number;
  }
  if (kind === 'gpu') return undefined;
  const plain = ids.slice(1).find(id => id !== undefined);
  const digits = /(\d+)$/.exec(plain?.slice(-MAX_DIGITS) ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}

// -- fields ---------------------------------------------------------------------------------------

function takeField(
  row: FieldRow,
  view: ResourceView,
  machine: Machine,
  result: Interpretation,
): void {
  const elements = row.each ? objectsAt(view.body, row.each) : [view.body];
  for (const [index, element] of elements.entries()) {
    if (row.only === 'first' && index > 0) break;
    if (row.named && !elementNames(element).some(name => row.named?.test(name))) continue;
    const where = row.each ? `${view.uri}#/${row.each}/${index}` : view.uri;
    const origin = `${where}#${row.field}`;
    const raw = fieldValue(row, element);
    if (raw === undefined) continue;
    const power = impossiblePower(row.signal, element, view.owner?.ratedW);
    if (power) result.drops.push({ origin, why: power });
    else {
      const { kind, slot } = targetOf(row, view, machine, { element, where });
      take(
        { ...row, origin, raw, kind, slot },
        { view, machine, result, status: row.read || row.always ? undefined : element.Status },
      );
    }
  }
}

function targetOf(
  row: FieldRow,
  view: ResourceView,
  machine: Machine,
  { element, where }: { element: JsonObject; where: string },
): { kind: Kind; slot?: SlotRef | undefined } {
  if (row.to === 'machine') return { kind: machine.kind };
  if (row.to === 'owner') return view.owner as Owner;
  const kind = row.element as Kind;
  return { kind, slot: elementSlot(kind, element, where, view.type) };
}

// -- the gate -------------------------------------------------------------------------------------

interface Gate {
  readonly view: ResourceView;
  readonly machine: Machine;
  readonly result: Interpretation;
  readonly status: Json | undefined;
}

function take(found: Found, { view, machine, result, status }: Gate): void {
  const { origin, signal, kind, rank, combine, slot } = found;
  const value = typeof found.raw === 'number' ? scaled(found, found.raw) : found.raw;
  const why = refusal(found, value, machine, textAt(status, 'State'));
  if (why !== undefined) result.drops.push({ origin, why });
  else if (typeof value === 'number' || typeof value === 'string') {
    const { atMs, holdMs } = view;
    const common = { kind, signal, value, rank, combine, origin, atMs, holdMs };
    result.candidates.push(slot ? { ...common, slot } : common);
  }
}

const scaled = (found: Found, raw: number) => raw * (found.scale ?? 1) + (found.offset ?? 0);

/** Why the value is not taken; undefined when it is, or when there is none. */
function refusal(
  found: Found,
  value: Json | undefined,
  machine: Machine,
  state: string | undefined,
): string | undefined {
  if (value === undefined) return undefined;
  if (state !== undefined && NOT_RUNNING.has(state)) return `part ${state}`;
  const place = misplaced(machine.kind, found.kind, found.signal);
  if (place) return place;
  if (value === null) return 'null reading';
  if (found.signal.endsWith('Text')) return undefined;
  if (typeof value !== 'number') return 'text in place of a number';
  const isDead = found.signal === 'bmcPowerW' && value === 0 && machine.poweredOn;
  return isDead ? 'no power although switched on' : impossible(found.signal, value);
}

/** A row by a name from outside, which may be that of something every object has. */
const ownOf = <T>(rows: Readonly<Record<string, T>>, name: string | undefined) =>
  name !== undefined && Object.hasOwn(rows, name) ? rows[name] : undefined;
