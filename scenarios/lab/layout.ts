/**
 * What stands in the laboratory: counts, entities in a fixed order, and the inventory that names
 * the same things to the engine. Supplies with even numbers hang on feed A, odd ones on B, as the
 * engine wires them when the inventory says nothing else.
 */
import type { LabEntity } from './lab.ts';

export const HOSTS_PER_RACK = 4;
export const GPUS_PER_HOST = 8;
export const PSUS_PER_HOST = 6;
const FEEDS = ['a', 'b'] as const;
export const CRAHS = 2;
/** What one row and its 500 kW UPSes carry. */
export const RACKS_MAX = 10;

/** Number of each kind; `PDU r * 2 + f` is that of rack r on feed f, `PSU h * 6 + i` of host h. */
export interface Layout {
  readonly racks: number;
  readonly hosts: number;
  readonly gpus: number;
  readonly psus: number;
  readonly entities: readonly LabEntity[];
  /** First entity of each kind. */
  readonly first: Readonly<Record<LabEntity['kind'], number>>;
  indexOf(id: string): number;
}

/** Number of entities of a kind. */
export function countOf(layout: Layout, kind: LabEntity['kind']): number {
  const each = { gpu: layout.gpus, host: layout.hosts, psu: layout.psus, tor: layout.racks };
  const rest = { pdu: 2 * layout.racks, feed: 2, ups: 2, rack: layout.racks, crah: CRAHS };
  return { ...each, ...rest }[kind];
}

export function layOut(racks: number): Layout {
  const rackIds = upTo(racks, at => `r1-k${String(at + 1).padStart(2, '0')}`);
  const hostIds = rackIds.flatMap(rack => upTo(HOSTS_PER_RACK, at => `${rack}-n${at + 1}`));
  const parts = (count: number, name: string) =>
    hostIds.flatMap(host => upTo(count, at => `${host}/${name}${at}`));
  const ids: Readonly<Record<LabEntity['kind'], readonly string[]>> = {
    gpu: parts(GPUS_PER_HOST, 'gpu'),
    host: hostIds,
    psu: parts(PSUS_PER_HOST, 'psu'),
    tor: rackIds.map(rack => `${rack}-tor`),
    pdu: rackIds.flatMap(rack => FEEDS.map(feed => `${rack}-pdu-${feed}`)),
    feed: FEEDS.map(feed => `r1-bus-${feed}`),
    ups: FEEDS.map(feed => `ups-${feed}`),
    rack: rackIds,
    crah: upTo(CRAHS, at => `crah-${at + 1}`),
  };
  const entities: LabEntity[] = [];
  const first: Partial<Record<LabEntity['kind'], number>> = {};
  for (const kind of Object.keys(ids) as LabEntity['kind'][]) {
    first[kind] = entities.length;
    entities.push(...ids[kind].map(id => ({ id, kind })));
  }
  const places = new Map(entities.map(({ id }, at) => [id, at]));
  return {
    ...{ racks, hosts: hostIds.length, gpus: ids.gpu.length, psus: ids.psu.length, entities },
    first: first as Layout['first'],
    indexOf: id => places.get(id) ?? -1,
  };
}

const upTo = <T>(count: number, of: (at: number) => T) =>
  Array.from({ length: count }, (_, i) => of(i));

/** Inventory document of the site, as YAML would give it. */
export function inventoryOf(racks: number): Readonly<Record<string, unknown>> {
  const feeds = FEEDS.map(feed => ({ feed: feed.toUpperCase(), at: feed }));
  const rack = {
    ...{ id: 'r1-k{n:02}', count: racks, class: 'rack-air-44kw' },
    pdus: feeds.map(({ feed, at }) => ({
      ...{ id: `{rack}-pdu-${at}`, feed, class: 'pdu-100a-415v' },
      attributes: { outletsInOrder: true },
    })),
    tors: [{ id: '{rack}-tor', class: 'tor-64x400g' }],
    hosts: [
      {
        ...{ id: '{rack}-n{n}', count: HOSTS_PER_RACK, class: 'dgx-h100' },
        aliases: { nodeName: '{host}' },
      },
    ],
  };
  const row = {
    id: 'r1',
    feeds: feeds.map(({ feed, at }) => ({ id: `r1-bus-${at}`, feed, class: 'busway-800a-415v' })),
    racks: [rack],
  };
  const hall = {
    id: 'h1',
    upses: feeds.map(({ feed, at }) => ({ id: `ups-${at}`, feed, class: 'ups-500kw' })),
    crahs: [{ id: 'crah-{n}', count: CRAHS, class: 'crah-300kw' }],
    rows: [row],
  };
  const grid = feeds.map(({ feed, at }) => ({ id: `grid-${at}`, feed, class: 'utility-10mw' }));
  return {
    ...{ apiVersion: 'orrery/v1', kind: 'Inventory' },
    metadata: { name: 'lab', description: `Plant laboratory of ${racks} racks` },
    site: { id: 'lab', title: 'Plant laboratory', utilityFeeds: grid, halls: [hall] },
    power: [
      { kind: 'ups', to: '*', from: 'grid-{feed}' },
      { kind: 'feed', to: '*', from: 'ups-{feed}' },
      { kind: 'pdu', to: '*', from: 'r1-bus-{feed}' },
      { kind: 'crah', to: '*', from: 'grid-*' },
    ],
    cooling: [{ kind: 'rack', to: '*', from: 'crah-*' }],
  };
}
