/** JSON from BMCs: errors that say where, and careful looks into bodies of any shape. */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

type Parsed = { ok: true; body: JsonObject } | { ok: false; error: string };

const TOKEN =
  /\s*(?:[{}[\],:]|"(?:[^"\\\p{Cc}]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/uy;

/** A Redfish resource is an object; anything else is an error with its byte offset. */
export function parseBody(bytes: Buffer): Parsed {
  const text = bytes.toString('utf8');
  try {
    const body = JSON.parse(text) as Json;
    if (isObject(body)) return { ok: true, body };
    return { ok: false, error: 'not a JSON object' };
  } catch (error) {
    const at = errorOffset(text, (error as Error).message);
    return { ok: false, error: `not JSON at byte ${Buffer.byteLength(text.slice(0, at))}` };
  }
}

/** V8 states the position of grammar errors, but not of strange characters: those end a scan. */
function errorOffset(text: string, message: string): number {
  const stated = /position (\d+)/.exec(message)?.[1];
  if (stated !== undefined) return Number(stated);
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    if (!TOKEN.test(text)) break;
    at = TOKEN.lastIndex;
  }
  return at + (/^\s*/.exec(text.slice(at))?.[0].length ?? 0);
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a dotted path; undefined when any step is missing. */
export function at(body: Json | undefined, path: string): Json | undefined {
  let value: Json | undefined = body;
  for (const step of path.split('.')) {
    if (!isObject(value)) return undefined;
    value = value[step];
  }
  return value;
}

export function textAt(body: Json | undefined, path: string): string | undefined {
  const value = at(body, path);
  return typeof value === 'string' ? value : undefined;
}

/** Objects of the array at a path; other elements are left out. */
export function objectsAt(body: Json | undefined, path: string): JsonObject[] {
  const value = at(body, path);
  return Array.isArray(value) ? value.filter(isObject) : [];
}

// No patterns below: one that ends in `$` looks from each of the characters that it may begin with
// to the end, which takes minutes for a long text of the wrong ones.

const isLetter = (code: number) => (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;

/** `#Sensor.v1_7_0.Sensor` is `Sensor`. Keys with dots, as OData has them, are no paths. */
export function typeOf(body: JsonObject): string | undefined {
  const type = body['@odata.type'];
  if (typeof type !== 'string') return undefined;
  let from = type.length;
  while (from > 0 && isLetter(type.charCodeAt(from - 1))) from--;
  return from < type.length ? type.slice(from) : undefined;
}

/** The link that `value` is, without fragment; undefined when it is none. */
export function linkOf(value: Json | undefined): string | undefined {
  const link = isObject(value) ? value['@odata.id'] : undefined;
  return typeof link === 'string' && link !== '' ? withoutFragment(link) : undefined;
}

const withoutFragment = (uri: string) => uri.split('#', 1)[0];

/** One spelling of a path: BMCs differ in case and in the slash at the end. */
export function canonical(uri: string): string {
  const path = withoutFragment(uri);
  let end = path.length;
  while (end > 1 && path[end - 1] === '/') end--;
  return path.slice(0, end).toLowerCase();
}
