/** Faults switched on in this plant: the default set of the demo, injection, clearing, listing. */
import { COOLING_FAULTS } from './fault-cooling.ts';
import { GPU_FAULTS } from './fault-gpu.ts';
import type { FaultKind, FaultScope, FaultTarget } from './fault-kind.ts';
import { AIR_FAULTS, POWER_FAULTS } from './fault-power.ts';
import { SENSOR_FAULTS } from './fault-sensors.ts';
import type { Layout } from './layout.ts';
import { logEvent } from './state.ts';

export interface Fault {
  readonly id: string;
  /** Id of a row of `FAULT_KINDS`. */
  readonly kind: string;
  /** Id of the host, PDU, UPS, CRAH or CDU; for GPUs and PSUs the id of their host. */
  readonly entity: string;
  /** 0-based GPU or PSU of the host; 0 when absent. */
  readonly slot?: number;
  readonly magnitude?: number;
}

export interface ActiveFault extends Fault {
  readonly sinceS: number;
}

interface Entry {
  readonly fault: ActiveFault;
  readonly kind: FaultKind;
  readonly target: FaultTarget;
  readonly magnitude: number;
}

export type FaultBook = Map<string, Entry>;

export type FaultAnswer = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export const FAULT_KINDS: readonly FaultKind[] = [
  ...GPU_FAULTS,
  ...POWER_FAULTS,
  ...AIR_FAULTS,
  ...COOLING_FAULTS,
  ...SENSOR_FAULTS,
];

const KIND_BY_ID = new Map(FAULT_KINDS.map(kind => [kind.id, kind]));
const refuse = (reason: string): FaultAnswer => ({ ok: false, reason });

export function injectFault(scope: FaultScope, book: FaultBook, fault: Fault): FaultAnswer {
  const kind = KIND_BY_ID.get(fault.kind);
  if (!fault.id) return refuse('id: missing');
  if (book.has(fault.id)) return refuse(`id: '${fault.id}' is already active`);
  if (!kind) return refuse(`kind: '${fault.kind}' is none of ${[...KIND_BY_ID.keys()].join(', ')}`);
  const target = findTarget(scope.layout, kind, fault);
  if (!target) {
    return refuse(`entity: no ${kind.on} '${fault.entity}' slot ${fault.slot ?? 0} in this plant`);
  }
  const same = [...book.values()].find(
    entry => entry.kind === kind && entry.target.index === target.index,
  );
  if (same) return refuse(`entity: '${same.fault.id}' is this fault there already`);
  const magnitude = fault.magnitude ?? kind.magnitude;
  if (!Number.isFinite(magnitude)) return refuse('magnitude: must be a finite number');
  kind.start(scope, target, magnitude);
  if (kind.sel && target.host >= 0) logEvent(scope.state, target.host, kind.sel);
  book.set(fault.id, { fault: { ...fault, sinceS: scope.state.nowS }, kind, target, magnitude });
  return { ok: true };
}

export function clearFault(scope: FaultScope, book: FaultBook, id: string): FaultAnswer {
  const entry = book.get(id);
  if (!entry) return refuse(`id: no active fault '${id}'`);
  entry.kind.stop(scope, entry.target, entry.magnitude);
  if (entry.kind.sel && entry.target.host >= 0) {
    const message = `${entry.kind.sel.message}: cleared`;
    logEvent(scope.state, entry.target.host, { ...entry.kind.sel, severity: 'OK', message });
  }
  book.delete(id);
  return { ok: true };
}

export function stepFaults(scope: FaultScope, book: FaultBook, dtS: number): void {
  for (const { kind, target, magnitude } of book.values()) {
    kind.step?.(scope, target, magnitude, dtS);
  }
}

function findTarget(layout: Layout, kind: FaultKind, fault: Fault): FaultTarget | undefined {
  const slot = fault.slot ?? 0;
  const alone = (index: number | undefined) =>
    index === undefined ? undefined : { index, host: -1 };
  switch (kind.on) {
    case 'pdu':
      return alone(layout.pduIndex.get(fault.entity));
    case 'ups':
      return alone(layout.upsIndex.get(fault.entity));
    case 'crah':
      return alone(layout.crahIndex.get(fault.entity));
    case 'cdu':
      return alone(layout.cduIndex.get(fault.entity));
    default: {
      const host = layout.hostIndex.get(fault.entity);
      if (host === undefined) return undefined;
      if (kind.on === 'host') return { index: host, host };
      const start = kind.on === 'gpu' ? layout.gpuStart : layout.psuStart;
      const index = start[host] + slot;
      return slot >= 0 && index < start[host + 1] ? { index, host } : undefined;
    }
  }
}

/**
 * The demo's faults: one of each kind that an operator meets, each in a rack of its own as far as
 * there are racks. The first two need loaded GPUs and fall into the first racks, where the long
 * gang runs.
 */
export function defaultFaults(layout: Layout): Fault[] {
  const rows: Omit<Fault, 'id' | 'entity'>[] = [
    { kind: 'gpuHot', slot: 2 },
    { kind: 'xid94', slot: 5 },
    { kind: 'pcieWidth', slot: 3 },
    { kind: 'psuFailed', slot: 1 },
    { kind: 'miscabled' },
    { kind: 'inletStuck' },
    { kind: 'powerDrift' },
    { kind: 'dcgmDropout' },
    { kind: 'bmcSlow' },
  ];
  const hosts = spreadHosts(layout, rows.length);
  const faults: Fault[] = rows.flatMap((row, nth) =>
    hosts[nth] === undefined ? [] : [{ ...row, id: `demo-${row.kind}`, entity: hosts[nth] }],
  );
  const crah = layout.site.crahs[Math.floor(layout.site.crahs.length * 0.6)];
  if (crah) faults.push({ id: 'demo-crahFanWeak', kind: 'crahFanWeak', entity: crah.id });
  return faults;
}

/** One host for each of `count` faults, evenly over the racks, another host when a rack has two. */
function spreadHosts(layout: Layout, count: number): string[] {
  const racks = layout.rackHosts.filter(hosts => hosts.length > 0);
  const used = new Map<number, number>();
  return Array.from({ length: racks.length > 0 ? count : 0 }, (_, nth) => {
    const rack = Math.floor(((nth + 0.5) * racks.length) / count);
    const before = used.get(rack) ?? 0;
    used.set(rack, before + 1);
    return layout.site.hosts[racks[rack][before % racks[rack].length]].id;
  });
}

/** Active faults in words, a line each, for people who want to know what to look for. */
export function describeFaults(book: FaultBook): string[] {
  return [...book.values()].map(({ fault, kind, target }) => {
    const part = kind.on === 'gpu' || kind.on === 'psu' ? `/${kind.on}${fault.slot ?? 0}` : '';
    const where = `${fault.entity}${target.host >= 0 ? part : ''}`;
    return `${fault.id}: ${kind.title} (${where}). Seen in: ${kind.visible}.`;
  });
}
