/** Bodies of a BMC through everything that reads them: no throw, and no value that is no number. */
import assert from 'node:assert/strict';
import type { Candidate } from '../../../server/ingest/bmc/arbiter.ts';
import {
  isInternal,
  linksOf,
  ownerOf,
  resourceType,
} from '../../../server/ingest/redfish/discover.ts';
import { interpret, type Machine, type Owner } from '../../../server/ingest/redfish/interpret.ts';
import { canonical, parseBody } from '../../../server/ingest/redfish/json.ts';
import { createLogReader } from '../../../server/ingest/redfish/logs.ts';
import { reportedValues } from '../../../server/ingest/redfish/metric-report.ts';
import { SIGNAL_INDEX } from '../../../twin/index.ts';
import { NOW_MS } from '../../support/ingest-site.ts';
import { smallTree } from '../../support/small-redfish-tree.ts';
import type { Target } from '../target.ts';
import { twisted } from '../twisted.ts';

const BODIES = [...smallTree().values()];

const STRANGE = [
  ...[null, true, -1, 0, 1e308, -1e308, 2 ** 53, '', 'NaN', 'constructor', '__proto__', 'toString'],
  ...[[], {}, [[]], [null, 1, 'x', {}], { '@odata.id': '/redfish/v1/x/' }, '9'.repeat(400)],
  ...['Absent', 'Cel', '%', 'Temperature', 'Rotational', 'W', '2026-03-01T00:00:00Z', '1e999'],
  ...['/redfish/v1#'.repeat(50), '/'.repeat(300), ' '.repeat(300), 'PSU 99999999999999999999'],
];

const OWNERS: readonly (Owner | undefined)[] = [
  undefined,
  { kind: 'gpu', slot: { kind: 'gpu', family: 'sensor', part: '1', ordinal: 1 } },
  { kind: 'psu', slot: { kind: 'psu', family: 'sensor', part: '1', ordinal: 1 }, ratedW: 3000 },
];

const machine: Machine = {
  ...{ kind: 'host', poweredOn: true },
  ownerOf: uri => OWNERS[canonical(uri).length % OWNERS.length],
};

/** Values that go on from here are numbers or texts of signals that exist. */
export function checkCandidates(candidates: readonly Candidate[]): void {
  for (const { signal, value, kind } of candidates) {
    assert.ok(SIGNAL_INDEX.has(signal), `${signal} of ${kind}`);
    const isSound = typeof value === 'string' || Number.isFinite(value);
    assert.ok(isSound, `${signal} of ${kind} is ${value}`);
  }
}

function takeBody(body: NonNullable<Extract<ReturnType<typeof parseBody>, { ok: true }>>['body']) {
  const stated = body['@odata.id'];
  const uri = typeof stated === 'string' ? stated : '/redfish/v1/x';
  const type = resourceType(uri, body);
  for (const parent of OWNERS) {
    const owner = ownerOf(type, uri, body, parent);
    linksOf(type, body, owner);
    const view = {
      ...{ uri, type, body, owner, isInternal: isInternal(type, body, false) },
      ...{ atMs: NOW_MS, holdMs: 1000 },
    };
    const { candidates, drops } = interpret(view, machine);
    checkCandidates(candidates);
    for (const { why } of drops) assert.ok(why.length > 0);
  }
  const report = { nowMs: NOW_MS, maxAgeMs: 1e15, clock: undefined, isSensor: () => true };
  for (const { value, atMs } of reportedValues(body, { ...report, drop: () => {} })) {
    assert.ok(Number.isFinite(value) && Number.isFinite(atMs));
  }
  const logs = createLogReader({
    ...{ source: 'bmc', entity: 'h', backlog: 3, clock: () => undefined, drop: () => {} },
    emit: ({ atMs, key, text }) => assert.ok(Number.isFinite(atMs) && key && text),
  });
  for (let round = 0; round < 2; round++) logs.page(uri, body, NOW_MS + round);
  logs.entry(uri, body, NOW_MS);
  logs.pushed(body, NOW_MS);
}

export const redfishTarget: Target = {
  name: 'redfish',
  maxBytes: 20_000,
  tokens: [
    ...['null', '{}', '[]', '"constructor"', '"__proto__":{}', '1e999', '-0', '"', '\\u0000', '#'],
    ...['"@odata.id":', '"Reading":', '"Status":{"State":"Absent"}', '"Members":[', '/redfish/v1/'],
  ],
  corpus: BODIES.map(body => Buffer.from(JSON.stringify(body))),
  generate: random => Buffer.from(JSON.stringify(twisted(random.pick(BODIES), random, STRANGE))),
  check(input) {
    const parsed = parseBody(input);
    if (parsed.ok) takeBody(parsed.body);
    else assert.match(parsed.error, /^not (?:a JSON object|JSON at byte \d+)$/);
  },
};
