/** What a field says: a number, a code, a text, or whether a part works. */
import { at, type Json, type JsonObject, textAt } from './json.ts';
import type { FieldRow } from './readings.ts';

/** States in which a part has nothing to report. */
export const NOT_RUNNING: ReadonlySet<string> = new Set([
  ...['Absent', 'Disabled', 'StandbyOffline', 'UnavailableOffline'],
]);
const PLACEHOLDER =
  /^(?:to be filled by o\.?e\.?m\.?|default string|not specified|n\/?a|unknown)$/i;

/** The field as number, code or text; null stays, so that it is counted; undefined is silence. */
export function fieldValue(row: FieldRow, element: JsonObject): Json | undefined {
  const raw = at(element, row.field);
  if (raw === undefined) return undefined;
  if (row.read === 'ok') return okOf(raw);
  if (row.read === 'text') return textOf(raw);
  const coded = codeOf(row, raw);
  if (!row.over || typeof coded !== 'number') return coded;
  const whole = codeOf(row, at(element, row.over));
  return typeof whole === 'number' && whole > 0 ? coded / whole : undefined;
}

/** A code that the rows do not know says nothing. */
function codeOf(row: FieldRow, raw: Json | undefined): Json | undefined {
  if (!row.codes) return raw;
  return Object.hasOwn(row.codes, String(raw)) ? row.codes[String(raw)] : undefined;
}

function okOf(status: Json): number | undefined {
  const state = textAt(status, 'State');
  const health = textAt(status, 'Health');
  if (state === 'UnavailableOffline') return 0;
  if ((state && NOT_RUNNING.has(state)) || !health) return undefined;
  return health === 'OK' ? 1 : 0;
}

function textOf(raw: Json): string | undefined {
  const text = typeof raw === 'string' ? raw.trim() : '';
  return text === '' || PLACEHOLDER.test(text) ? undefined : text;
}
