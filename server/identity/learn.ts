/**
 * What a series teaches beyond its value: UUIDs of GPUs found by their place, addresses of BMCs found
 * by serial number. What contradicts what is known is refused or noted, never guessed.
 */
import type { EntityRule } from '../ingest/mapping.ts';
import { type AliasIndex, isFound } from './alias-index.ts';
import { type LabelOf, type Miss, type Resolved, resolve } from './resolve.ts';
import { SERIAL_LABELS, UUID_LABELS } from './rules.ts';

/** Two names of one series lead to different entities; it was bound by the more reliable one. */
export interface Contradiction {
  readonly entity: number;
  readonly detail: string;
  readonly count: number;
}

const CONTRADICTION_LIMIT = 1000;

export interface Learning {
  readonly aliases: AliasIndex;
  readonly contradictions: Map<string, Contradiction>;
  readonly onLearned: () => void;
}

/** After a rule found its entity: learns what is new, refuses what contradicts what is known. */
export function checked(
  learning: Learning,
  [rule, labelOf]: [EntityRule, LabelOf],
  found: Resolved,
): Resolved {
  if (!found.ok) return found;
  if (rule === 'gpu') return checkedGpu(learning, labelOf, found);
  if (rule === 'bmcHost' && SERIAL_LABELS.includes(found.label ?? '')) {
    learnBmcAddress(learning, labelOf, found);
  }
  return found;
}

/** A BMC known by its machine's serial number: from now on by its address too. */
function learnBmcAddress(learning: Learning, labelOf: LabelOf, found: Resolved & { ok: true }) {
  const value = labelOf('target') || labelOf('instance');
  const { aliases } = learning;
  if (value === '' || isFound(aliases.find('bmc', value))) return;
  const evidence = `${found.label} '${labelOf(found.label ?? '')}'`;
  aliases.learn({ entity: found.entity, type: 'bmcAddress', value, evidence });
  learning.onLearned();
}

const uuidOf = (labelOf: LabelOf) => UUID_LABELS.map(labelOf).find(value => value !== '') ?? '';

/**
 * A GPU's UUID against its place. Found by its place, its UUID is learned, unless the GPU in that
 * place has another one: then a board was moved or swapped, and nothing is guessed. Found by its
 * UUID, a page of another host is refused too; only an index that differs is noted and passed,
 * because NVML renumbers the rest when one GPU falls off the bus.
 */
function checkedGpu(
  learning: Learning,
  labelOf: LabelOf,
  found: Resolved & { ok: true },
): Resolved {
  const { aliases } = learning;
  const uuid = uuidOf(labelOf);
  const isUuidUsable = uuid !== '' && !/^(gpu-)?[0-]+$/i.test(uuid);
  if (found.by !== 'name' || !UUID_LABELS.includes(found.label ?? '')) {
    if (!isUuidUsable) return found;
    if (aliases.hasGpuUuid(found.entity)) {
      return conflict(aliases, `UUID '${uuid}' is unknown, its place has another`, found.entity);
    }
    const value = labelOf(found.label ?? '');
    const host = aliases.topology.ids[aliases.topology.parent[found.entity]];
    const evidence = `host '${host}' and ${found.label ?? 'its only GPU'} '${value}'`;
    aliases.learn({ entity: found.entity, type: 'gpuUuid', value: uuid, evidence });
    learning.onLearned();
    return found;
  }
  return checkedPlace(learning, labelOf, found);
}

function checkedPlace(
  learning: Learning,
  labelOf: LabelOf,
  found: Resolved & { ok: true },
): Resolved {
  const { aliases } = learning;
  const { topology } = aliases;
  const host = resolve(withoutNumbers(aliases), 'host', labelOf);
  if (!host.ok) return found;
  const at = topology.parent[found.entity];
  if (host.entity !== at) {
    const where = topology.ids[host.entity];
    return conflict(
      aliases,
      `UUID is of '${topology.ids[at]}', labels say '${where}'`,
      found.entity,
    );
  }
  const pci = aliases.findWithin(at, 'gpu', 'pciBusId', labelOf('pci_bus_id'));
  if (isFound(pci) && pci !== found.entity) {
    return conflict(aliases, `PCI address is of '${topology.ids[pci]}'`, found.entity);
  }
  return noteIndex(learning, labelOf, found.entity) ? { ...found, isDoubtful: true } : found;
}

/** Hosts are found by names alone. */
const withoutNumbers = (aliases: AliasIndex) => ({
  aliases,
  zeroBased: new Set<number>(),
  onRenumbered: () => {},
});

/** @returns whether the index is of another GPU */
function noteIndex(learning: Learning, labelOf: LabelOf, entity: number): boolean {
  const { aliases, contradictions } = learning;
  const text = labelOf('gpu');
  const { topology } = aliases;
  if (!/^\d+$/.test(text)) return false;
  const byIndex = aliases.nth(topology.parent[entity], 'gpu', Number(text));
  if (byIndex === entity || !isFound(byIndex)) return false;
  const key = `${entity} ${text}`;
  const known = contradictions.get(key);
  if (known === undefined && contradictions.size >= CONTRADICTION_LIMIT) return true;
  const detail = `UUID is of '${topology.ids[entity]}', index ${text} of '${topology.ids[byIndex]}'`;
  contradictions.set(key, { entity, detail, count: (known?.count ?? 0) + 1 });
  return true;
}

function conflict(aliases: AliasIndex, detail: string, entity: number): Miss {
  const name = aliases.topology.ids[entity];
  return { ok: false, why: 'conflict', detail: `${detail} ('${name}')` };
}
