/** Finds the entity of one series by the steps of its rule, and says why when there is none. */
import { KIND_INDEX, KINDS, type Kind, type Topology } from '../../twin/index.ts';
import type { EntityRule } from '../ingest/mapping.ts';
import { type AliasIndex, AMBIGUOUS, isFound, MISSING, outletKey } from './alias-index.ts';
import { normalise } from './normalise.ts';
import { type NumberStep, type OutletStep, RULES, type Step } from './rules.ts';
import { psuNumber } from './slot-names.ts';

/** Value of a label of the series, else of the scrape; empty when absent. */
export type LabelOf = (name: string) => string;

/**
 * noLabel: none of the labels looked at is there. unknown: their values are in no alias.
 * ambiguous: several entities share the name. conflict: two names of the series disagree.
 * noPart: the host is known, the part is not.
 */
export type Why = 'noLabel' | 'unknown' | 'ambiguous' | 'conflict' | 'noPart';

export interface Miss {
  readonly ok: false;
  readonly why: Why;
  readonly detail: string;
  /** The host, when only the part is missing. */
  readonly host?: number;
}

interface Hit {
  readonly ok: true;
  readonly entity: number;
  /** The label whose value was recognised, and the step that did. */
  readonly label?: string;
  readonly by?: Step['by'];
  /** Another name of the series leads to another entity, which has been noted. */
  readonly isDoubtful?: true;
}

export type Resolved = Hit | Miss;

interface ResolveContext {
  readonly aliases: AliasIndex;
  /** Hosts (by `host * KIND_COUNT + kind`) on which a part numbered 0 was seen. */
  readonly zeroBased: Set<number>;
  /** Called when that set grows: earlier answers for the host may be one off. */
  readonly onRenumbered: (host: number) => void;
}

export function resolve(context: ResolveContext, rule: EntityRule, labelOf: LabelOf): Resolved {
  if (rule === 'site') return resolveSite(context, labelOf);
  if (rule === 'gpuInstance') return resolveInstance(context, labelOf);
  if (rule === 'unwiredOutlet') return resolveUnwired(context, labelOf);
  if (rule === 'rackOfPdu') return resolveRack(context, labelOf);
  const { steps, kinds, host: hostRule } = RULES[rule];
  let host: Resolved | undefined;
  let best: Miss = miss('noLabel', `no label of a ${rule}`);
  for (const step of steps) {
    // A part that is named, and unknown, is not the only one.
    if (step.by === 'only' && namesPart(steps, labelOf)) continue;
    let found: Resolved;
    if (step.by === 'name') found = byName(context.aliases, step, labelOf);
    else if (step.by === 'outlet') found = byOutlet(context, step, labelOf);
    else {
      host ??= resolve(context, hostRule ?? 'host', labelOf);
      found = host.ok ? byPart(context, [host.entity, kinds[0]], [step, labelOf]) : host;
    }
    if (found.ok && hasKind(context.aliases.topology, found.entity, kinds)) return found;
    if (!found.ok && WORSE[found.why] > WORSE[best.why]) best = found;
  }
  return best;
}

const namesPart = (steps: readonly Step[], labelOf: LabelOf) =>
  steps.some(step => step.by === 'part' && step.labels.some(label => labelOf(label) !== ''));

/** The reason shown is that of the step which came closest. */
const WORSE: Readonly<Record<Why, number>> = {
  noLabel: 0,
  unknown: 1,
  ambiguous: 2,
  noPart: 3,
  conflict: 4,
};

const miss = (why: Why, detail: string, host?: number): Miss => ({ ok: false, why, detail, host });

const hasKind = (topology: Topology, entity: number, kinds: readonly Kind[]) =>
  kinds.includes(KINDS[topology.kind[entity]].id);

function byName(aliases: AliasIndex, step: Step & { by: 'name' }, labelOf: LabelOf): Resolved {
  let best = miss('noLabel', step.without);
  for (const label of step.labels) {
    const value = labelOf(label);
    if (value === '') continue;
    const entity = aliases.find(step.space, value);
    if (isFound(entity)) return { ok: true, entity, label, by: 'name' };
    if (entity === AMBIGUOUS) best = miss('ambiguous', `${label} '${value}' names several`);
    else if (best.why === 'noLabel') best = miss('unknown', `${label} '${value}' is no alias`);
  }
  return best;
}

type PartStep = Exclude<Step, { by: 'name' } | { by: 'outlet' }>;

function byPart(
  context: ResolveContext,
  [host, kind]: [number, Kind],
  [step, labelOf]: [PartStep, LabelOf],
): Resolved {
  const { aliases } = context;
  const name = aliases.topology.ids[host];
  if (step.by === 'only') {
    const entity = aliases.countOf(host, kind) === 1 ? aliases.nth(host, kind, 0) : MISSING;
    if (isFound(entity)) return { ok: true, entity, by: 'only' };
    return miss('noPart', `which ${kind} of '${name}' is not said`, host);
  }
  if (step.by === 'number') return byNumber(context, [host, kind], [step, labelOf]);
  let tried = '';
  for (const label of step.labels) {
    const value = labelOf(label);
    if (value === '') continue;
    tried ||= `${label} '${value}'`;
    const stored = aliases.findWithin(host, kind, step.type, value);
    if (isFound(stored)) return { ok: true, entity: stored, label, by: 'part' };
    if (step.type !== 'gpuIndex' || aliases.hasWithin(host, kind, 'gpuIndex')) continue;
    const index = normalise('gpuIndex', value);
    const entity = index === '' ? MISSING : aliases.nth(host, kind, Number(index));
    if (isFound(entity)) return { ok: true, entity, label, by: 'number' };
  }
  return tried === ''
    ? miss('noPart', `which ${kind} of '${name}' is not said`, host)
    : miss('noPart', `'${name}' has no ${kind} with ${tried}`, host);
}

function byNumber(
  context: ResolveContext,
  [host, kind]: [number, Kind],
  [step, labelOf]: [NumberStep, LabelOf],
): Resolved {
  const { aliases } = context;
  const name = aliases.topology.ids[host];
  for (const label of step.labels) {
    const value = labelOf(label);
    const number = value === '' ? undefined : step.parse(value);
    // Beside a name, IPMI's `id` is the number of a sensor record.
    if (number === undefined || (label === 'id' && labelOf('name') !== '')) continue;
    for (const slot of [value, String(number)]) {
      const stored = aliases.findWithin(host, kind, 'slot', slot);
      if (isFound(stored)) return { ok: true, entity: stored, label, by: 'number' };
    }
    const position = number - baseOf(context, [host, kind], [step, number]);
    const entity = aliases.nth(host, kind, position);
    if (isFound(entity)) return { ok: true, entity, label, by: 'number' };
    return miss('noPart', `'${name}' has no ${kind} with ${label} '${value}'`, host);
  }
  return miss('noPart', `no number of a ${kind} of '${name}'`, host);
}

function baseOf(
  context: ResolveContext,
  [host, kind]: [number, Kind],
  [step, number]: [NumberStep, number],
): number {
  if (step.base !== 'either') return step.base;
  const key = host * KINDS.length + KIND_INDEX[kind];
  if (number === 0 && !context.zeroBased.has(key)) {
    context.zeroBased.add(key);
    context.onRenumbered(host);
  }
  return context.zeroBased.has(key) ? 0 : 1;
}

/** A MIG instance is a part of its GPU, so the GPU comes first. */
function resolveInstance(context: ResolveContext, labelOf: LabelOf): Resolved {
  const gpu = resolve(context, 'gpu', labelOf);
  if (!gpu.ok) return gpu;
  const step = RULES.gpuInstance.steps[0] as PartStep;
  return byPart(context, [gpu.entity, 'gpuInstance'], [step, labelOf]);
}

/**
 * The PDU of an outlet in which no cord of the inventory ends. Only where the inventory gives cords
 * of the PDU at all: otherwise every outlet in use would look like a mistake.
 */
function resolveUnwired(context: ResolveContext, labelOf: LabelOf): Resolved {
  const pdu = resolve(context, 'pdu', labelOf);
  if (!pdu.ok) return pdu;
  const outlet = resolve(context, 'pduOutlet', labelOf);
  const hasCords = context.aliases.hasOutlets(pdu.entity);
  const isUnwired = !outlet.ok && outlet.why === 'noPart' && hasCords;
  return isUnwired ? pdu : miss('noPart', 'the outlet has a cord, or none is known of the PDU');
}

/** Probes that hang on a PDU measure the air of its rack. */
function resolveRack(context: ResolveContext, labelOf: LabelOf): Resolved {
  const pdu = resolve(context, 'pdu', labelOf);
  if (!pdu.ok) return pdu;
  const { topology } = context.aliases;
  const rack = topology.parent[pdu.entity];
  const isRack = rack >= 0 && hasKind(topology, rack, ['rack']);
  return isRack ? { ok: true, entity: rack } : miss('noPart', 'the PDU stands in no rack');
}

/** With one site there is nothing to choose; with several a label must name it. */
function resolveSite(context: ResolveContext, labelOf: LabelOf): Resolved {
  const { topology } = context.aliases;
  if (topology.kindStart[KIND_INDEX.site + 1] === 1) return { ok: true, entity: 0 };
  const found = byName(context.aliases, RULES.site.steps[0] as Step & { by: 'name' }, labelOf);
  if (!found.ok || hasKind(topology, found.entity, ['site'])) return found;
  return miss('unknown', 'no label names a site');
}

/**
 * An outlet leads to a power supply: by an alias `<pdu>/<outlet>`, by an outlet's name that is
 * unique in the estate, or by a text that is exactly a known host and a supply (`node7 PSU2`).
 */
function byOutlet(context: ResolveContext, step: OutletStep, labelOf: LabelOf): Resolved {
  const { aliases } = context;
  const pdu = resolve(context, 'pdu', labelOf);
  let tried = '';
  let isComposite = false;
  for (const choice of step.labels) {
    const label = typeof choice === 'string' ? choice : choice[choice.length - 1];
    const values = typeof choice === 'string' ? [labelOf(choice)] : choice.map(labelOf);
    // The last part of `1.1.5` alone names an outlet of each tower.
    if (values.includes('') || (isComposite && choice === 'outletIndex')) continue;
    if (typeof choice !== 'string') isComposite = true;
    const value = values.join('.');
    tried ||= `${label} '${value}'`;
    const entity = supplyOf(aliases, pdu, value);
    if (isFound(entity)) return { ok: true, entity, label, by: 'outlet' };
  }
  if (tried === '') return miss('noLabel', `none of ${step.labels.flat().join(', ')}`);
  if (!pdu.ok) return pdu;
  const name = aliases.topology.ids[pdu.entity];
  return miss('noPart', `outlet with ${tried} on PDU '${name}' feeds no known power supply`);
}

function supplyOf(aliases: AliasIndex, pdu: Resolved, outlet: string): number {
  const onPdu = pdu.ok ? aliases.find('pduOutlet', outletKey(pdu.entity, outlet)) : MISSING;
  if (isFound(onPdu)) return onPdu;
  // A bare number repeats on every PDU.
  const named = /^[\d.]+$/.test(outlet) ? MISSING : aliases.find('pduOutlet', outlet);
  return isFound(named) ? named : hostAndSupply(aliases, outlet);
}

function hostAndSupply(aliases: AliasIndex, text: string): number {
  const parts = text.match(/^(\S+?)[\s_/:-]+(ps.*|power.*)$/i);
  if (!parts) return MISSING;
  const host = aliases.find('host', parts[1]);
  const number = psuNumber(parts[2]);
  if (!isFound(host) || number === undefined) return MISSING;
  const stored = aliases.findWithin(host, 'psu', 'slot', String(number));
  return isFound(stored) ? stored : aliases.nth(host, 'psu', number - 1);
}
