/** Small inventories for tests of the engine, as documents. */
import assert from 'node:assert/strict';
import { type Parsed, type Problem, readTopology, type Topology } from '../../twin/index.ts';

export interface InventoryParts {
  readonly site?: object;
  readonly [part: string]: unknown;
}

export const inventoryDocument = ({ site, ...parts }: InventoryParts): object => ({
  apiVersion: 'orrery/v1',
  kind: 'Inventory',
  metadata: { name: 'test' },
  site: { id: 's', ...site },
  ...parts,
});

/** Two racks of two hosts of eight GPUs, each rack on feeds A and B of its own. */
export const TWO_RACKS: InventoryParts = {
  site: {
    upses: [
      { id: 'ups-a', feed: 'A', class: 'ups-500kw' },
      { id: 'ups-b', feed: 'B', class: 'ups-500kw' },
    ],
    halls: [
      {
        id: 'h',
        crahs: [{ id: 'crah-{n}', count: 2, class: 'crah-100kw' }],
        spines: [{ id: 'spine-{n}', count: 2, class: 'spine-64x400g' }],
        rows: [
          {
            id: 'r',
            racks: [
              {
                id: 'k{n}',
                count: 2,
                class: 'rack-air-44kw',
                pdus: [
                  { id: '{rack}-a', feed: 'A', class: 'pdu-100a-415v' },
                  { id: '{rack}-b', feed: 'B', class: 'pdu-100a-415v' },
                ],
                tors: [{ id: '{rack}-tor', class: 'tor-64x400g' }],
                hosts: [
                  {
                    id: '{rack}-n{n}',
                    count: 2,
                    class: 'dgx-h100',
                    aliases: { nodeName: 'node-{rack.n}-{n}' },
                  },
                ],
              },
            ],
          },
        ],
      },
    ],
  },
  power: [{ kind: 'pdu', to: '*', from: 'ups-{feed}' }],
  cooling: [{ kind: 'rack', to: '*', from: 'crah-*' }],
  network: [{ kind: 'tor', to: '*', from: 'spine-*', lengthM: 100 }],
};

export const build = (parts: InventoryParts, generation = 1): Parsed<Topology> =>
  readTopology(inventoryDocument(parts), generation);

/** @throws AssertionError listing what is wrong with the inventory. */
export const topologyOf = (parts: InventoryParts = TWO_RACKS, generation = 1): Topology =>
  topologyFrom(inventoryDocument(parts), generation);

/** @throws AssertionError listing what is wrong with the document. */
export function topologyFrom(document: unknown, generation = 1): Topology {
  const built = readTopology(document, generation);
  assert.ok(built.ok, built.ok ? '' : JSON.stringify(built.problems));
  return built.value;
}

/** What is wrong, as `site.halls.0.id: message`. */
export function problemsOf(parts: InventoryParts): string[] {
  const built = build(parts);
  const text = ({ path, message }: Problem) => `${path.join('.')}: ${message}`;
  return built.ok ? [] : built.problems.map(text);
}
