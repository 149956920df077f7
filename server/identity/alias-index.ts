/**
 * Who is meant by a name: the aliases of one topology generation, with the ids as aliases of
 * themselves, short names derived from full ones, and what the join learns as it goes. Parts that
 * are numbered by position (a host's GPUs) need no stored alias.
 */
import {
  type Alias,
  type AliasType,
  KIND_COUNT,
  KIND_INDEX,
  KINDS,
  type Kind,
  SCOPED_ALIAS_TYPES,
  type Topology,
} from '../../twin/index.ts';
import {
  AliasTable,
  AMBIGUOUS,
  DERIVED,
  LEARNED,
  MISSING,
  type Provenance,
  STATED,
} from './alias-table.ts';
import { normalise, shortNameOf } from './normalise.ts';

export { AMBIGUOUS, MISSING } from './alias-table.ts';

/**
 * Where a name is looked up. Names and addresses are kept apart by what they belong to, because a
 * host and its BMC often share a name; a name in `bmc` leads to the BMC's host.
 */
const SPACES = [
  ...['host', 'bmc', 'infra', 'serial', 'uuid', 'mac', 'gpuUuid'],
  ...['portGuid', 'nodeGuid', 'pduOutlet'],
] as const;
export type Space = (typeof SPACES)[number];

const SPACE_INDEX = Object.fromEntries(SPACES.map((space, i) => [space, i])) as Record<
  Space,
  number
>;
const SCOPED_TYPES = [...SCOPED_ALIAS_TYPES];
const NAME_TYPES: ReadonlySet<AliasType> = new Set<AliasType>([
  ...(['nodeName', 'fqdn', 'shortName', 'ip', 'bmcAddress', 'address'] as const),
]);
/** Marks that some part of this kind of this host has a stored alias of this type. */
const ANY = '\u0000any';

interface LearnedAlias {
  readonly entity: number;
  readonly type: AliasType;
  readonly value: string;
  /** What was seen: `host h1 and pci_bus_id 0000:53:00.0`. */
  readonly evidence: string;
}

interface AliasClash {
  readonly type: AliasType | 'id';
  readonly value: string;
  readonly entity: number;
  readonly other: number;
}

export interface AliasIndex {
  readonly topology: Topology;
  /** Entity of a name, MISSING, or AMBIGUOUS when several share it. `value` may be unnormalised. */
  find(space: Space, value: string): number;
  /** Entity of an alias that is unique only within its host and kind. */
  findWithin(host: number, kind: Kind, type: AliasType, value: string): number;
  /** Whether parts of this kind of this host have such aliases at all. */
  hasWithin(host: number, kind: Kind, type: AliasType): boolean;
  /** The part at a 0-based position among the parent's parts of this kind, or MISSING. */
  nth(parent: number, kind: Kind, position: number): number;
  countOf(parent: number, kind: Kind): number;
  /** Whether any cord is known to end in this PDU. */
  hasOutlets(pdu: number): boolean;
  /** Whether a UUID of this GPU is known, stated or learned. */
  hasGpuUuid(gpu: number): boolean;
  /** Takes an alias that was observed; a stated one is never replaced. */
  learn(alias: LearnedAlias): void;
  learned(): readonly LearnedAlias[];
  /** Names that several entities claim; the first 100. */
  clashes(): readonly AliasClash[];
  readonly size: number;
  readonly bytes: number;
}

const CLASH_LIMIT = 100;

export function createAliasIndex(topology: Topology): AliasIndex {
  const table = new AliasTable();
  const hasUuid = new Uint8Array(topology.count);
  const withOutlets = new Set<number>();
  const clashes: AliasClash[] = [];
  const learned: LearnedAlias[] = [];

  const note = (type: AliasClash['type'], value: string, entities: [number, number]) => {
    const [entity, other] = entities;
    if (other === MISSING || clashes.length >= CLASH_LIMIT) return;
    clashes.push({ type, value, entity, other });
  };
  const store = (alias: Alias, by: Provenance) => {
    const value = normalise(alias.type, alias.value);
    if (value === '') return;
    const at = placeOf(topology, alias);
    const before = table.set(at.space, at.scope, value, [at.entity, by]);
    if (by === STATED) note(alias.type, alias.value, [at.entity, before]);
    if (at.scope >= 0) table.set(at.space, at.scope, ANY, [topology.parent[alias.entity], by]);
    if (at.space === SPACE_INDEX.gpuUuid) hasUuid[alias.entity] = 1;
  };

  storeIds(topology, table, note);
  for (const alias of topology.aliases) if (alias.type !== 'pduOutlet') store(alias, STATED);
  for (const alias of topology.aliases) deriveShort(topology, table, alias);
  // Outlets last: they name their PDU by its id or by any of its aliases.
  for (const alias of topology.aliases) {
    if (alias.type !== 'pduOutlet') continue;
    const { pdu, outlet } = canonicalOutlet(topology, table, alias);
    store(outlet, STATED);
    withOutlets.add(pdu);
  }

  return {
    topology,
    find: (space, value) => findIn(table, space, value),
    findWithin: (host, kind, type, value) => {
      const text = normalise(type, value);
      return text === '' ? MISSING : table.get(scopedSpace(kind, type), host, text);
    },
    hasWithin: (host, kind, type) => table.get(scopedSpace(kind, type), host, ANY) !== MISSING,
    nth: (parent, kind, position) => nthChild(topology, parent, kind, position),
    countOf: (parent, kind) => childCount(topology, parent, kind),
    hasOutlets: pdu => withOutlets.has(pdu),
    hasGpuUuid: gpu => hasUuid[gpu] === 1,
    learn: alias => {
      store(alias, LEARNED);
      learned.push(alias);
    },
    learned: () => learned,
    clashes: () => clashes,
    get size() {
      return table.size;
    },
    get bytes() {
      return table.bytes + hasUuid.byteLength;
    },
  };
}

function findIn(table: AliasTable, space: Space, value: string): number {
  const text = normalise(SPACE_TYPE[space], value);
  if (text === '') return MISSING;
  const found = table.get(SPACE_INDEX[space], -1, text);
  if (found !== MISSING || SPACE_TYPE[space] !== 'address') return found;
  // Ids may hold what an address may not (`hall1/row2`).
  return table.get(SPACE_INDEX[space], -1, normalise('nodeName', value));
}

/** Alias type whose normalisation a space uses; addresses cover plain names too. */
const SPACE_TYPE: Readonly<Record<Space, AliasType>> = {
  host: 'address',
  bmc: 'address',
  infra: 'address',
  serial: 'serial',
  uuid: 'uuid',
  mac: 'mac',
  gpuUuid: 'gpuUuid',
  portGuid: 'portGuid',
  nodeGuid: 'nodeGuid',
  pduOutlet: 'pduOutlet',
};

function scopedSpace(kind: Kind, type: AliasType): number {
  const position = SCOPED_TYPES.indexOf(type);
  if (position < 0) throw new RangeError(`alias type '${type}' is not scoped to a host`);
  return SPACES.length + position * KIND_COUNT + KIND_INDEX[kind];
}

const kindOf = (topology: Topology, entity: number): Kind => KINDS[topology.kind[entity]].id;

/** Table space, scope and the entity that a lookup shall give for an alias. */
function placeOf(topology: Topology, alias: Alias) {
  const { entity, type } = alias;
  const kind = kindOf(topology, entity);
  if (SCOPED_ALIAS_TYPES.has(type)) {
    return { space: scopedSpace(kind, type), scope: topology.parent[entity], entity };
  }
  if (NAME_TYPES.has(type)) {
    const space = type === 'bmcAddress' ? 'bmc' : nameSpaceOf(kind);
    const owner = kind === 'bmc' ? topology.parent[entity] : entity;
    return { space: SPACE_INDEX[space], scope: -1, entity: owner };
  }
  // A GPU's `uuid` is its GPU UUID; machines have SMBIOS UUIDs.
  const space = type === 'uuid' && kind === 'gpu' ? 'gpuUuid' : (type as Space);
  return { space: SPACE_INDEX[space], scope: -1, entity };
}

function nameSpaceOf(kind: Kind): Space {
  if (kind === 'host') return 'host';
  return kind === 'bmc' ? 'bmc' : 'infra';
}

/** Kinds below the host are many and are never named by id from outside. */
const NAMED_UP_TO = KIND_INDEX.bmc;

type NoteClash = (type: AliasClash['type'], value: string, entities: [number, number]) => void;

function storeIds(topology: Topology, table: AliasTable, note: NoteClash) {
  const end = topology.kindStart[NAMED_UP_TO + 1];
  for (let entity = 0; entity < end; entity++) {
    const kind = kindOf(topology, entity);
    const id = topology.ids[entity];
    const owner = kind === 'bmc' ? topology.parent[entity] : entity;
    const space = SPACE_INDEX[nameSpaceOf(kind)];
    const before = table.set(space, -1, normalise('nodeName', id), [owner, STATED]);
    note('id', id, [owner, before]);
    const last = id.slice(id.lastIndexOf('/') + 1);
    for (const name of [last, shortNameOf(last)]) {
      if (name) table.set(space, -1, normalise('nodeName', name), [owner, DERIVED]);
    }
  }
}

function deriveShort(topology: Topology, table: AliasTable, alias: Alias) {
  if (!NAME_TYPES.has(alias.type)) return;
  const short = shortNameOf(normalise(alias.type, alias.value));
  if (short === undefined) return;
  const at = placeOf(topology, alias);
  table.set(at.space, -1, short, [at.entity, DERIVED]);
}

/**
 * `<pdu>/<outlet>` with the PDU named by any of its names becomes `<pdu index>/<outlet>`; pdu is
 * MISSING where the alias names none.
 */
function canonicalOutlet(topology: Topology, table: AliasTable, alias: Alias) {
  const cut = alias.value.lastIndexOf('/');
  if (cut < 0) return { outlet: alias, pdu: MISSING };
  const name = alias.value.slice(0, cut);
  const byId = topology.indexOf(name);
  const pdu = byId >= 0 ? byId : table.get(SPACE_INDEX.infra, -1, normalise('address', name));
  if (pdu < 0) return { outlet: alias, pdu: MISSING };
  return { outlet: { ...alias, value: outletKey(pdu, alias.value.slice(cut + 1)) }, pdu };
}

/** Key of an outlet in the `pduOutlet` space, when the PDU is known. */
export const outletKey = (pdu: number, outlet: string) => `${pdu}/${outlet.trim()}`;

function nthChild(topology: Topology, parent: number, kind: Kind, position: number): number {
  if (!Number.isInteger(position) || position < 0) return MISSING;
  const first = firstChild(topology, parent, kind);
  const at = first + position;
  const inRange = first >= 0 && at < topology.childStart[parent + 1];
  const child = inRange ? topology.childList[at] : MISSING;
  return child >= 0 && topology.kind[child] === KIND_INDEX[kind] ? child : MISSING;
}

function childCount(topology: Topology, parent: number, kind: Kind): number {
  const first = firstChild(topology, parent, kind);
  if (first < 0) return 0;
  let end = first;
  while (
    end < topology.childStart[parent + 1] &&
    topology.kind[topology.childList[end]] === KIND_INDEX[kind]
  ) {
    end++;
  }
  return end - first;
}

/** Children lie by kind, so those of one kind are a run. */
function firstChild(topology: Topology, parent: number, kind: Kind): number {
  const wanted = KIND_INDEX[kind];
  for (let i = topology.childStart[parent]; i < topology.childStart[parent + 1]; i++) {
    if (topology.kind[topology.childList[i]] === wanted) return i;
  }
  return -1;
}

export const isFound = (entity: number) => entity !== MISSING && entity !== AMBIGUOUS;
