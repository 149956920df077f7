/** Whether limits and figures that an inventory sets can be meant: known, in place, in their unit. */
import type { HardwareClass } from '../tables/catalogue.ts';
import type { Kind } from '../tables/kinds.ts';
import type { LimitRow } from '../tables/limit-row.ts';
import { LIMITS } from '../tables/limits.ts';
import { SIGNALS, signalIndex } from '../tables/signals.ts';
import { UNITS } from '../tables/units.ts';
import type { OwnClass } from './inventory.ts';
import { meant } from './nearest.ts';
import type { Problem } from './problem.ts';

const ROW_BY_ID = new Map(LIMITS.map(row => [row.id, row]));

interface SetLimit {
  readonly id: string;
  readonly value: number;
  readonly kind: Kind;
  readonly hardware: HardwareClass | undefined;
}

/** @returns what is wrong with a limit set on an entity or class of a kind; undefined when nothing is. */
export function limitComplaint({ id, value, kind, hardware }: SetLimit): string | undefined {
  const row = ROW_BY_ID.get(id);
  if (!row) return `unknown limit '${id}'${meant(id, [...ROW_BY_ID.keys()])}`;
  // What is set on the site holds for everything of the limit's kinds.
  if (kind !== 'site' && !row.at.includes(kind)) {
    return `'${id}' does not hold at a ${kind} but at ${row.at.join(', ')}; set it there or on the site`;
  }
  return row.over === undefined ? unitComplaint(row, value, hardware) : undefined;
}

/** Kilowatts for watts are a thousandth; no class differs from the common figure by a hundred. */
const SUSPICIOUS_RATIO = 0.01;

function unitComplaint(row: LimitRow, value: number, hardware: HardwareClass | undefined) {
  const { unit, range } = SIGNALS[signalIndex(row.signal)];
  const { symbol } = UNITS[unit];
  const show = (number: number) => `${number} ${symbol}`.trim();
  const [least, most] = range;
  if (value < least || value > most) {
    return `${show(value)} is not between ${show(least)} and ${show(most)}; is the unit right?`;
  }
  const usual = (row.fromClass && hardware?.figures[row.fromClass.figure]?.value) ?? row.value;
  if (row.kind !== 'capacity' || usual === undefined || value === 0) return undefined;
  if (value >= SUSPICIOUS_RATIO * usual) return undefined;
  return `${show(value)} is under a hundredth of the usual ${show(usual)}; is the unit right?`;
}

/** Limits and figures of the classes that an inventory defines. */
export function checkOwnClasses(
  own: readonly OwnClass[],
  catalogue: readonly HardwareClass[],
  problems: Problem[],
) {
  const known = new Set(catalogue.flatMap(row => Object.keys(row.figures)));
  own.forEach((row, i) => {
    for (const figure of Object.keys(row.figures ?? {})) {
      if (known.has(figure)) continue;
      const message = `unknown figure '${figure}'${meant(figure, [...known])}`;
      problems.push({ path: ['classes', i, 'figures', figure], message });
    }
    for (const [id, value] of Object.entries(row.limits ?? {})) {
      const hardware = catalogue.find(each => each.id === row.extends);
      const message = limitComplaint({ id, value, kind: row.kind, hardware });
      if (message) problems.push({ path: ['classes', i, 'limits', id], message });
    }
  });
}
