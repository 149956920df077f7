/** BIOS attributes and firmware versions: what changed since the last reading is an event. */
import type { SourceEvent } from '../contract.ts';
import { at, canonical, isObject, type JsonObject, textAt } from './json.ts';

/** Attributes named in one event; a BIOS update may touch hundreds. */
const MAX_NAMED = 20;

interface ChangeOptions {
  readonly source: string;
  readonly entity: string;
  emit(event: SourceEvent): void;
}

export interface ChangeWatch {
  /** A `Bios` or `SoftwareInventory` resource as just read; the first reading is the reference. */
  observe(uri: string, type: string, body: JsonObject, nowMs: number): void;
}

interface Reference {
  readonly values: ReadonlyMap<string, string>;
  readonly atMs: number;
}

export function createChangeWatch(options: ChangeOptions): ChangeWatch {
  const references = new Map<string, Reference>();
  return {
    observe(uri, type, body, nowMs) {
      const key = canonical(uri);
      const values = type === 'Bios' ? attributesOf(body) : versionOf(body);
      const before = references.get(key);
      references.set(key, { values, atMs: nowMs });
      const changes = before ? differences(before.values, values) : [];
      if (!before || changes.length === 0) return;
      const named = changes.slice(0, MAX_NAMED).join(', ');
      const more = changes.length > MAX_NAMED ? ` and ${changes.length - MAX_NAMED} more` : '';
      const halfMs = (nowMs - before.atMs) / 2;
      options.emit({
        ...{ source: options.source, entity: options.entity, severity: 'info' },
        ...{ atMs: nowMs - halfMs, uncertaintyMs: halfMs },
        key: `${options.source}/${key}/${nowMs}`,
        text: `${type === 'Bios' ? 'BIOS attributes' : 'Firmware'} changed: ${named}${more}`,
      });
    },
  };
}

function attributesOf(body: JsonObject): Map<string, string> {
  const attributes = at(body, 'Attributes');
  const entries = isObject(attributes) ? Object.entries(attributes) : [];
  return new Map(entries.map(([name, value]) => [name, JSON.stringify(value)]));
}

function versionOf(body: JsonObject): Map<string, string> {
  const name = textAt(body, 'Name') ?? textAt(body, 'Id') ?? 'firmware';
  return new Map([[name, textAt(body, 'Version') ?? '']]);
}

function differences(
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): string[] {
  const names = [...new Set([...before.keys(), ...now.keys()])].sort();
  return names
    .filter(name => before.get(name) !== now.get(name))
    .map(name => `${name} ${before.get(name) ?? 'absent'} -> ${now.get(name) ?? 'absent'}`);
}
