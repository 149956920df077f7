import assert from 'node:assert/strict';
import test from 'node:test';
import { z } from 'zod';
import {
  childrenOfKind,
  inventorySchema,
  KIND_INDEX,
  KINDS,
  parseInventory,
} from '../../twin/index.ts';
import {
  build,
  inventoryDocument,
  problemsOf,
  TWO_RACKS,
  topologyOf,
} from '../support/inventories.ts';

const idsOf = (kind: keyof typeof KIND_INDEX) => {
  const { ids, kindStart } = topologyOf();
  return ids.slice(kindStart[KIND_INDEX[kind]], kindStart[KIND_INDEX[kind] + 1]);
};

test('generators number what they make, and templates name containers', () => {
  assert.deepEqual(idsOf('rack'), ['k1', 'k2']);
  assert.deepEqual(idsOf('host'), ['k1-n1', 'k1-n2', 'k2-n1', 'k2-n2']);
  assert.deepEqual(idsOf('pdu'), ['k1-a', 'k1-b', 'k2-a', 'k2-b']);
  const { aliases, ids } = topologyOf();
  const names = aliases.map(alias => `${ids[alias.entity]}=${alias.value}`);
  assert.deepEqual(names.slice(0, 2), ['k1-n1=node-1-1', 'k1-n2=node-1-2']);
});

test('numbers are padded and start where they are told', () => {
  const topology = topologyOf({
    site: { halls: [{ id: 'h{n:03}', count: 2, from: 9 }] },
  });
  assert.deepEqual([...topology.ids], ['s', 'h009', 'h010']);
});

test('indices run kind by kind, and parents come before their parts', () => {
  const { kind, parent, count, childStart, childList } = topologyOf();
  for (let e = 1; e < count; e++) {
    assert.ok(kind[e] >= kind[e - 1]);
    assert.ok(parent[e] >= 0 && parent[e] < e);
    const siblings = childList.slice(childStart[parent[e]], childStart[parent[e] + 1]);
    assert.ok(siblings.includes(e));
  }
});

test('a host has the parts of its class, unless the inventory lists them', () => {
  const topology = topologyOf();
  const host = topology.indexOf('k1-n1');
  const gpus = childrenOfKind(topology, host, KIND_INDEX.gpu);
  assert.equal(gpus.length, 8);
  assert.equal(topology.ids[gpus[7]], 'k1-n1/gpu7');
  const own = topologyOf({
    site: {
      halls: [
        {
          id: 'h',
          racks: [
            {
              id: 'k',
              hosts: [
                { id: 'n', class: 'dgx-h100', gpus: [{ id: 'n/left', class: 'h100-sxm5-80gb' }] },
              ],
            },
          ],
        },
      ],
    },
  });
  assert.equal(childrenOfKind(own, own.indexOf('n'), KIND_INDEX.gpu).length, 1);
  assert.equal(childrenOfKind(own, own.indexOf('n'), KIND_INDEX.psu).length, 6);
});

test('PSUs go to the PDUs of the rack in turn, with equal shares', () => {
  const topology = topologyOf();
  const { power } = topology.planes;
  const psus = childrenOfKind(topology, topology.indexOf('k1-n1'), KIND_INDEX.psu);
  const suppliers = psus.map(psu => {
    const p = power.positionOf[psu];
    assert.equal(power.parentStart[p + 1] - power.parentStart[p], 1);
    return topology.ids[power.entities[power.parents[power.parentStart[p]]]];
  });
  assert.deepEqual(suppliers, ['k1-a', 'k1-b', 'k1-a', 'k1-b', 'k1-a', 'k1-b']);
  const host = power.positionOf[topology.indexOf('k1-n1')];
  const shares = power.shares
    .slice(power.parentStart[host], power.parentStart[host + 1])
    .filter((_, i) => !power.isAccounting[power.parentStart[host] + i]);
  assert.ok(shares.every(share => Math.abs(share - 1 / 6) < 1e-12));
});

test('outlets in order give each cord its outlet', () => {
  const parts = structuredClone(TWO_RACKS) as unknown as {
    site: { halls: { rows: { racks: { pdus: object[] }[] }[] }[] };
  };
  const [rack] = parts.site.halls[0].rows[0].racks;
  rack.pdus = rack.pdus.map(pdu => ({ ...pdu, attributes: { outletsInOrder: true } }));
  const { aliases, ids } = topologyOf(parts as never);
  const outlets = aliases.filter(alias => alias.type === 'pduOutlet');
  assert.equal(outlets.length, 24);
  const first = outlets.find(alias => alias.value === 'k1-a/1');
  assert.equal(first && ids[first.entity], 'k1-n1/psu0');
});

test('overrides change, add and remove', () => {
  const topology = topologyOf({
    ...TWO_RACKS,
    overrides: [
      { match: 'k2-n2', remove: true },
      { match: 'k1-n*', kind: 'host', limits: { hostPower: 9000 }, aliases: { serial: 'S-{id}' } },
    ],
  });
  assert.equal(topology.indexOf('k2-n2'), -1);
  assert.equal(topology.indexOf('k2-n2/gpu0'), -1);
  assert.deepEqual(topology.limitOverrides.get(topology.indexOf('k1-n2')), { hostPower: 9000 });
  assert.ok(topology.aliases.some(alias => alias.type === 'serial' && alias.value === 'S-k1-n1'));
});

test('classes of the inventory extend those of the catalogue', () => {
  const topology = topologyOf({
    classes: [
      { id: 'small', kind: 'rack', extends: 'rack-air-12kw', figures: { powerLimitW: 9000 } },
    ],
    site: { halls: [{ id: 'h', racks: [{ id: 'k', class: 'small' }] }] },
  });
  const own = topology.classes[topology.classIndex[topology.indexOf('k')]];
  assert.equal(own.figures.powerLimitW.value, 9000);
  assert.ok(own.figures.coolingLimitW.value > 0);
});

test('measured links win over the class', () => {
  const between = ['k1-n1/gpu0', 'k1-n1/nvswitch0'];
  const topology = topologyOf({ ...TWO_RACKS, measuredLinks: [{ between, bytesPerS: 1e9 }] });
  const { edges, vertices } = topology.fabric.hostFabric(topology.indexOf('k1-n1'));
  const measured = edges.filter(edge => edge.measured);
  assert.equal(measured.length, 1);
  assert.equal(measured[0].bytesPerS, 1e9);
  assert.deepEqual([vertices[measured[0].a].id, vertices[measured[0].b].id], between);
});

const hall = (rack: object) => ({ site: { halls: [{ id: 'h', racks: [{ id: 'k', ...rack }] }] } });

/** Each mistake with the place and a part of the message that must be reported. */
const MISTAKES: readonly (readonly [what: string, parts: object, expected: RegExp])[] = [
  ['an unknown key', { site: { hals: [] } }, /^site\.hals: not a field of this/],
  ['an id used twice', hall({ hosts: [{ id: 'h' }] }), /id: the id 'h' is used twice/],
  [
    'a repeated id without a number',
    hall({ hosts: [{ id: 'n', count: 2 }] }),
    /racks\.0\.hosts\.0\.id: 'n' repeats: count needs \{n\}/,
  ],
  [
    'an unknown class',
    hall({ hosts: [{ id: 'n', class: 'dgx-h10' }] }),
    /hosts\.0\.class: unknown class 'dgx-h10'; did you mean 'dgx-h100'\?/,
  ],
  [
    'an unknown class that is like nothing',
    hall({ hosts: [{ id: 'n', class: 'zzz' }] }),
    /unknown class 'zzz'; define it under classes, or leave it out$/,
  ],
  [
    'a GPU as its tools print it',
    hall({ hosts: [{ id: 'n', gpus: [{ id: 'g', class: 'NVIDIA H20' }] }] }),
    /unknown class 'NVIDIA H20'; did you mean 'h20-sxm5-96gb'\?/,
  ],
  [
    'a class of another kind',
    hall({ class: 'dgx-h100' }),
    /racks\.0\.class: class 'dgx-h100' is a host, not a rack/,
  ],
  [
    'an unknown limit',
    hall({ limits: { rackPowerr: 1 } }),
    /limits\.rackPowerr: unknown limit 'rackPowerr'; did you mean 'rackPower'\?/,
  ],
  [
    'a text where a number belongs',
    hall({ limits: { rackPower: '12kW' } }),
    /limits\.rackPower: a number is needed, not a string/,
  ],
  [
    'a placeholder that nothing fills',
    hall({ hosts: [{ id: '{cage}-n' }] }),
    /hosts\.0\.id: nothing fills \{cage\}/,
  ],
  ['a wire to nothing', { power: [{ to: 'x', from: 's' }] }, /^power\.0\.to: 'x' matches nothing/],
  [
    'a supplier that is not there',
    { ...hall({ pdus: [{ id: 'p' }] }), power: [{ to: 'p', from: 'ups-{feed}', share: 1 }] },
    /^power\.0\.from: nothing fills \{feed\}/,
  ],
  [
    'a cycle',
    {
      site: { upses: [{ id: 'a' }, { id: 'b' }] },
      power: [
        { to: 'a', from: 'b' },
        { to: 'b', from: 'a' },
      ],
    },
    /^power: a cycle: a, b feed each other/,
  ],
  [
    'shares over one',
    {
      site: { upses: [{ id: 'a' }, { id: 'b' }], stses: [{ id: 'c' }] },
      power: [{ to: 'c', from: ['a', 'b'], share: 0.7 }],
    },
    /^power: the shares of c add up to 1\.4, over 1/,
  ],
  [
    'something in a place where it cannot stand',
    { site: { hosts: [{ id: 'n' }] } },
    /^site\.hosts: not a field of this/,
  ],
  [
    'a limit far outside what its signal can be',
    hall({ limits: { inletAllowable: 3500 } }),
    /limits\.inletAllowable: 3500 °C is not between -30 °C and 90 °C/,
  ],
  [
    'kilowatts for watts',
    hall({ class: 'rack-air-44kw', limits: { rackPower: 44 } }),
    /limits\.rackPower: 44 W is under a hundredth of the usual 44000 W/,
  ],
  [
    'a limit where it does not hold',
    hall({ limits: { hostPower: 9000 } }),
    /limits\.hostPower: 'hostPower' does not hold at a rack but at host/,
  ],
  [
    'a figure of a class that nothing reads',
    { ...hall({}), classes: [{ id: 'c', kind: 'rack', figures: { powerLimitKw: 12 } }] },
    /^classes\.0\.figures\.powerLimitKw: unknown figure 'powerLimitKw'; did you mean 'powerLimitW'/,
  ],
  [
    'a measured link across hosts',
    { ...TWO_RACKS, measuredLinks: [{ between: ['k1-n1/gpu0', 'k1-n2/gpu0'], bytesPerS: 1 }] },
    /^measuredLinks\.0\.between: k1-n1\/gpu0 and k1-n2\/gpu0 are not parts of one host/,
  ],
];

for (const [what, parts, expected] of MISTAKES) {
  test(`an inventory with ${what} is refused, naming where`, () => {
    const problems = problemsOf(parts as never);
    assert.equal(build(parts as never).ok, false);
    assert.ok(
      problems.some(problem => expected.test(problem)),
      problems.join('\n'),
    );
  });
}

test('the published JSON Schema knows every kind', () => {
  const schema = z.toJSONSchema(inventorySchema, { io: 'input', unrepresentable: 'any' });
  const text = JSON.stringify(schema);
  for (const kind of KINDS.filter(row => row.in.length > 0)) {
    assert.ok(text.includes(`"${kind.plural}"`), kind.plural);
  }
});

test('a document of another kind is refused', () => {
  const parsed = parseInventory({ ...inventoryDocument({}), kind: 'Config' });
  assert.equal(parsed.ok, false);
});
