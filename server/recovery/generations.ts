/**
 * What the numbers in the journal stand for: the entities of each topology generation that was ever
 * live, stored once with the inventory they were built from, under the fingerprint of both.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  type EntityMove,
  type Inventory,
  KIND_INDEX,
  KINDS,
  type Kind,
  type Topology,
} from '../../twin/index.ts';
import { putFile, syncFolder } from '../put-file.ts';

/** The file `entities.json.zst`. Entities of one kind follow each other. */
export interface StoredEntities {
  /** Names of kinds; `kind` counts in them. */
  readonly kinds: readonly string[];
  readonly ids: readonly string[];
  readonly kind: readonly number[];
  /** Containment parent; -1: none. */
  readonly parent: readonly number[];
}

const ENTITIES = 'entities.json.zst';
const INVENTORY = 'inventory.json';
const folderOf = (dataDir: string, key: string) => join(dataDir, 'generations', key);

/** Stores the generation unless it is there already. @returns its key */
export function saveGeneration(dataDir: string, topology: Topology): string {
  const entities: StoredEntities = {
    kinds: KINDS.map(row => row.id),
    ids: topology.ids,
    kind: [...topology.kind],
    parent: [...topology.parent],
  };
  const text = JSON.stringify(entities);
  const inventory = JSON.stringify(topology.inventory);
  const key = createHash('sha256').update(text).update(inventory).digest('hex').slice(0, 16);
  const folder = folderOf(dataDir, key);
  const file = join(folder, ENTITIES);
  if (existsSync(file)) return key;
  mkdirSync(folder, { recursive: true });
  putFile(join(folder, INVENTORY), inventory);
  putFile(file, zstdCompressSync(text));
  syncFolder(join(dataDir, 'generations'));
  return key;
}

/** @throws Error when the generation is not stored, or its file is damaged. */
export const readEntities = (dataDir: string, key: string) =>
  JSON.parse(
    zstdDecompressSync(readFileSync(join(folderOf(dataDir, key), ENTITIES))).toString(),
  ) as StoredEntities;

/** @throws Error as `readEntities`. */
export const readInventory = (dataDir: string, key: string) =>
  JSON.parse(readFileSync(join(folderOf(dataDir, key), INVENTORY), 'utf8')) as Inventory;

/** From a stored generation's entities to those of a topology, by kind and id. */
export function moveTo(topology: Topology, stored: StoredEntities): EntityMove {
  const first = new Map<string, number>();
  stored.kind.forEach((kind, entity) => {
    const name = stored.kinds[kind];
    if (!first.has(name)) first.set(name, entity);
  });
  return (kind, ordinal) => {
    const start = first.get(KINDS[kind].id);
    const id = start === undefined ? undefined : stored.ids[start + ordinal];
    const entity = id === undefined ? -1 : topology.indexOf(id);
    return entity >= 0 && topology.kind[entity] === KIND_INDEX[KINDS[kind].id as Kind]
      ? entity
      : -1;
  };
}
