/**
 * Entities and planes of one topology generation: immutable once built. Dense indices run kind by
 * kind in the order of `KINDS`, and within a kind by parent, so that every kind and the children of
 * one kind of every entity are contiguous ranges.
 */
import type { HardwareClass } from '../tables/catalogue.ts';
import type { Fabric } from './fabric.ts';
import type { Inventory } from './inventory.ts';
import type { Plane, PlaneId } from './plane.ts';

/** How outside sources name an entity. Types below the line are unique only within their host. */
export const ALIAS_TYPES = [
  ...['nodeName', 'fqdn', 'shortName', 'ip', 'bmcAddress', 'serial', 'uuid', 'mac'],
  ...['gpuUuid', 'portGuid', 'nodeGuid', 'pduOutlet', 'address'],
  ...['pciBusId', 'gpuIndex', 'netDevice', 'blockDevice', 'slot'],
] as const;
export type AliasType = (typeof ALIAS_TYPES)[number];

/** Alias types whose values repeat from host to host: the key is (host, value). */
export const SCOPED_ALIAS_TYPES: ReadonlySet<AliasType> = new Set<AliasType>([
  ...(['pciBusId', 'gpuIndex', 'netDevice', 'blockDevice', 'slot'] as const),
]);

export interface Alias {
  readonly entity: number;
  readonly type: AliasType;
  readonly value: string;
}

export interface Topology {
  readonly generation: number;
  readonly name: string;
  /** What it was built from. */
  readonly inventory: Inventory;
  readonly count: number;
  readonly ids: readonly string[];
  /** Dense index of an id, or -1. */
  indexOf(id: string): number;
  /** Kind of each entity, as an index into `KINDS`. */
  readonly kind: Uint8Array;
  /** Containment parent of each entity, or -1 for the site. */
  readonly parent: Int32Array;
  /** First entity of each kind; entry `KIND_COUNT` is the count of all. */
  readonly kindStart: Int32Array;
  /** Containment children of `e`: `childList[childStart[e] .. childStart[e + 1])`, by kind. */
  readonly childStart: Int32Array;
  readonly childList: Int32Array;
  readonly classes: readonly HardwareClass[];
  /** Index into `classes` of each entity, or -1 for an entity with no class. */
  readonly classIndex: Int16Array;
  /** Power, cooling and network planes over the same entities; containment is `parent`. */
  readonly planes: Readonly<Record<PlaneId, Plane>>;
  readonly fabric: Fabric;
  readonly aliases: readonly Alias[];
  /** Free attributes of the inventory (position, length, labels), for the few that have some. */
  readonly attributes: ReadonlyMap<number, Readonly<Record<string, string | number | boolean>>>;
  /** Limit values set in the inventory for one entity: limit id to value. */
  readonly limitOverrides: ReadonlyMap<number, Readonly<Record<string, number>>>;
}
