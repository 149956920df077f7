/** What ipmitool prints through everything that reads it: every line is taken or given back. */
import assert from 'node:assert/strict';
import {
  parseDcmiPower,
  parseFields,
  parseSdr,
  parseSel,
  parseTime,
} from '../../../server/ingest/ipmi/parse.ts';
import {
  interpretChassis,
  interpretDcmi,
  interpretMcInfo,
  interpretSdr,
} from '../../../server/ingest/ipmi/readings.ts';
import { createSelReader } from '../../../server/ingest/ipmi/sel.ts';
import { NOW_MS } from '../../support/ingest-site.ts';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';
import { checkCandidates } from './redfish.ts';

const host = { kind: 'host', poweredOn: true, atMs: NOW_MS, holdMs: 1000 } as const;

const NAMES = ['Inlet Temp', 'PSU 1', 'FAN_1A', 'GPU3 Power', 'Intrusion', '', 'constructor'];
const READINGS = ['24 degrees C', '-0 RPM', 'No Reading', '0x01', '1e9 Watts', '110 Watts, ok', ''];
const STATUSES = ['ok', 'ns', 'cr', 'lcr', 'constructor', '__proto__', ''];
const SEL = ['11/21/26', '22:03:48 UTC', 'Pre-Init', 'S+ 00:51:21', '99/99/9999', '1a', 'Asserted'];

function line(random: Random): string {
  const sdr = [NAMES, ['30h', ''], STATUSES, ['7.1', '10.99', '-1', 'x'], READINGS];
  const old = [NAMES, READINGS, STATUSES];
  const threshold = ['na', '35.000', ''];
  const sensor = [
    ...[NAMES, ['24.000', 'na', '0x0', 'NaN', '1e999'], ['degrees C', 'discrete'], STATUSES],
    ...Array.from({ length: 6 }, () => threshold),
  ];
  const sel = [['1', 'zz', ''], SEL, SEL, NAMES, SEL, SEL, READINGS];
  const columns = random.pick([sdr, old, sensor, sel]);
  if (random.isOneIn(6)) {
    const field = random.pick(['System Power', 'Main Power Fault', 'Firmware Revision', 'x']);
    return `${field} : ${random.pick(['on', 'true', '1.2', ...READINGS])}`;
  }
  return columns.map(of => random.pick(of)).join(random.pick(['|', ' | ', '  |']));
}

export const ipmiTarget: Target = {
  name: 'ipmi',
  maxBytes: 4000,
  tokens: [' | ', '|', '\n', ' : ', '0x', 'degrees C', '11/21/2026 | 22:03:48', 'Watts', 'na', ','],
  corpus: [
    'Inlet Temp       | 04h | ok  |  7.1 | 25 degrees C\nPSU 1 | 03h | ok | 10.1 | 110 Watts',
    'System Power         : on\nMain Power Fault     : false\nChassis Intrusion : inactive\n',
    'Instantaneous power reading:   512 Watts\nPower reading state is:  activated\n',
    ' 1 | 11/21/2026 | 22:03:48 UTC | Fan FAN1 | Lower Critical going low | Asserted | Reading 0\n',
  ].map(text => Buffer.from(text)),
  generate: random =>
    Buffer.from(Array.from({ length: random.length(10) }, () => line(random)).join('\n')),
  check(input) {
    const text = input.toString('utf8');
    const filled = text.split('\n').filter(each => each.trim() !== '').length;
    const { lines, strange } = parseSdr(text);
    assert.equal(lines.length + strange.length, filled);
    checkCandidates(interpretSdr(lines, host).candidates);
    const fields = parseFields(text);
    checkCandidates(interpretChassis(fields, host).candidates);
    checkCandidates(interpretMcInfo(fields, host).candidates);
    checkCandidates(interpretDcmi(parseDcmiPower(text), host).candidates);
    const { entries, strange: others } = parseSel(text);
    assert.ok(entries.length + others.length <= filled);
    const reader = createSelReader({
      ...{ source: 'bmc', entity: 'h', clock: () => undefined, drop: () => {} },
      emit: ({ atMs, key }) => assert.ok(Number.isFinite(atMs) && key),
    });
    for (let round = 0; round < 2; round++) reader.take(entries, NOW_MS + round);
    const atMs = parseTime(text);
    assert.ok(atMs === undefined || Number.isFinite(atMs));
  },
};
