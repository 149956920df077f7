import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import test from 'node:test';
import type { SourceEvent } from '../../server/ingest/contract.ts';
import { ipmitoolSourceConfig } from '../../server/ingest/ipmi/config.ts';
import {
  parseDcmiPower,
  parseFields,
  parseSdr,
  parseSel,
  parseTime,
} from '../../server/ingest/ipmi/parse.ts';
import {
  type IpmiMachine,
  interpretChassis,
  interpretDcmi,
  interpretSdr,
} from '../../server/ingest/ipmi/readings.ts';
import { ipmitoolArguments } from '../../server/ingest/ipmi/run.ts';
import { createSelReader } from '../../server/ingest/ipmi/sel.ts';

const DATA = new URL('../../../shared/data/exporters/ipmi/', import.meta.url).pathname;
const skip = existsSync(DATA) ? false : 'the stored ipmitool outputs are not beside the repository';
const stored = (name: string) => readFileSync(`${DATA}${name}`, 'utf8');

const host: IpmiMachine = { kind: 'host', poweredOn: true, atMs: 1, holdMs: 1 };

function valuesOf(text: string, machine = host): Record<string, number | string> {
  const { candidates } = interpretSdr(parseSdr(text).lines, machine);
  return Object.fromEntries(
    candidates.map(one => {
      const part = one.slot ? `${one.kind}#${one.slot.ordinal}` : one.kind;
      return [`${part}/${one.signal}/${one.rank}`, one.value];
    }),
  );
}

test('sdr elist: readings, discrete states, silence', () => {
  const { lines, strange } = parseSdr(
    [
      'Inlet Temp       | 04h | ok  |  7.1 | 25 degrees C',
      'Power Supply 1   | 03h | ok  | 10.1 | 110 Watts, Presence detected',
      'SEL              | 72h | ns  |  7.1 | No Reading',
      'Intrusion        | 73h | ok  |  7.1 | ',
      'Fan 3            | 30h | cr  | 29.3 | -0 RPM',
      'Get SDR 0012 command failed',
    ].join('\n'),
  );
  assert.deepEqual(lines.slice(0, 4), [
    {
      ...{ name: 'Inlet Temp', status: 'ok', entity: 7, value: 25, unit: 'degrees C' },
      states: [],
    },
    {
      ...{ name: 'Power Supply 1', status: 'ok', entity: 10, value: 110, unit: 'Watts' },
      states: ['Presence detected'],
    },
    { name: 'SEL', status: 'ns', entity: 7, states: [] },
    { name: 'Intrusion', status: 'ok', entity: 7, states: [] },
  ]);
  assert.deepEqual(strange, ['Get SDR 0012 command failed']);
});

test('times: years of two and four digits, and a clock that is not set', () => {
  const expected = Date.UTC(2026, 10, 21, 22, 3, 48);
  assert.equal(parseTime('11/21/26 22:03:48 UTC'), expected);
  assert.equal(parseTime('11/21/2026 22:03:48'), expected);
  assert.equal(parseTime('S+ 00:51:21'), undefined);
});

const SEL = [
  '   1 |  Pre-Init  |0000003079| Fan FAN1 | Lower Critical going low  | Asserted',
  '   2 | 11/21/26 | 22:03:49 UTC | Temperature Inlet Temp | Upper Non-critical going high | ' +
    'Asserted | Reading 36 > Threshold 35 degrees C',
  '   3 | 11/21/2026 | 22:03:50 | Power Supply PSU 2 | Failure detected | Asserted',
  '   4 | 11/21/2026 | 22:04:50 | Power Supply PSU 2 | Failure detected | Deasserted',
  '   5 | 11/21/2026 | 22:05:50 | Memory #0x02 | Uncorrectable ECC | Asserted',
  '   6 | 11/21/2026 | 22:05:51 | Memory #0x02 | Correctable ECC | Asserted',
].join('\n');

test('SEL entries: times, directions, severities, each once', () => {
  const { entries, strange } = parseSel(`${SEL}\ngarbage`);
  assert.equal(entries.length, 6);
  assert.deepEqual(strange, ['garbage']);
  assert.equal(entries[0].statedMs, undefined);
  assert.equal(entries[3].isAsserted, false);
  const events: SourceEvent[] = [];
  const drops: string[] = [];
  const reader = createSelReader({
    ...{ source: 's', entity: 'h', clock: () => ({ offsetMs: 1_000, uncertaintyMs: 50 }) },
    emit: event => events.push(event),
    drop: why => drops.push(why),
  });
  reader.take(entries, 1_000);
  reader.take(entries, 2_000);
  assert.deepEqual(
    events.map(event => event.severity),
    ['warning', 'critical', 'info', 'critical', 'warning'],
  );
  assert.deepEqual(drops, ['log entry without time']);
  assert.equal(events[0].atMs, Date.UTC(2026, 10, 21, 22, 3, 49) - 1_000 + 500);
  assert.equal(events[0].uncertaintyMs, 550);
  reader.take([{ ...entries[0], record: '9' }], 4_000);
  const last = events.at(-1);
  assert.deepEqual([last?.atMs, last?.uncertaintyMs], [3_000, 1_000], 'between two readings');
});

test('sensor names become signals by the rows that Redfish uses', () => {
  const text = [
    'Inlet Temp | 01h | ok | 64.1 | 24 degrees C',
    'Exhaust Temp | 02h | ok | 7.1 | 41 degrees C',
    'CPU1 Temp | 03h | ok | 3.1 | 60 degrees C',
    'GPU3 Temp | 04h | unc | 11.1 | 80 degrees C',
    'FAN2 | 05h | ok | 29.2 | 8400 RPM',
    'PSU1 Power In | 06h | ok | 10.1 | 1300 Watts',
    'PSU2 Power Out | 07h | ok | 10.2 | 1200 Watts',
    'Pwr Consumption | 08h | ok | 7.1 | 2600 Watts',
    'Humidity | 09h | ok | 7.1 | 50 percent',
    'PS1 Status | 0Ah | ok | 10.1 | Presence detected',
    'PS2 Status | 0Bh | ok | 10.2 | Presence detected, Failure detected',
    'PS Redundancy | 0Ch | ok | 7.1 | Redundancy Lost',
    'Leak Sensor | 0Dh | ok | 7.1 | ',
    'Intrusion | 0Eh | ok | 7.1 | General Chassis intrusion',
  ].join('\n');
  assert.deepEqual(valuesOf(text), {
    'host/inletTempC/1': 24,
    'host/exhaustTempC/1': 41,
    'host/cpuTempC/1': 60,
    'gpu#3/gpuTempC/1': 80,
    'fan#2/fanSpeedRpm/1': 8400,
    'psu#1/psuInputPowerW/1': 1300,
    'psu#2/psuOutputPowerW/1': 1200,
    'host/bmcPowerW/1': 2600,
    'host/humidityRatio/1': 0.5,
    'psu#1/psuOkFlag/1': 1,
    'psu#2/psuOkFlag/1': 0,
    'host/redundancyOkFlag/1': 0,
    'host/leakFlag/1': 0,
    'host/doorOpenFlag/1': 1,
    'host/healthCode/1': 1,
  });
});

test('what cannot be true is dropped with its reason', () => {
  const why = (text: string) => interpretSdr(parseSdr(text).lines, host).drops.map(one => one.why);
  assert.deepEqual(why('Inlet Temp | 01h | ok | 64.1 | 255 degrees C'), [
    'inletTempC out of range (C)',
  ]);
  assert.deepEqual(why('Pwr Consumption | 08h | ok | 7.1 | 0 Watts'), [
    'no power although switched on',
  ]);
});

test('chassis status and DCMI', () => {
  const fields = parseFields(
    'System Power : on\nMain Power Fault : false\nDrive Fault : true\nChassis Intrusion : active',
  );
  const values = interpretChassis(fields, host).candidates.map(one => [one.signal, one.value]);
  assert.deepEqual(values, [
    ['poweredOnFlag', 1],
    ['doorOpenFlag', 1],
    ['healthCode', 1],
  ]);
  assert.deepEqual(interpretDcmi(undefined, host).drops[0].why, 'DCMI not measuring');
});

test('stored output of a Dell: DCMI power', { skip }, () => {
  assert.equal(parseDcmiPower(stored('ipmitool-dcmi-power.txt')), 167);
});

test('stored output, five columns', { skip }, () => {
  const text = stored('ipmitool-sdr-elist-v2-a.txt');
  assert.deepEqual(parseSdr(text).strange, []);
  assert.deepEqual(valuesOf(text), {
    'fan#1/fanSpeedRpm/1': 5040,
    'host/inletTempC/2': 25,
    'psu#1/psuInputPowerW/3': 110,
    'psu#1/psuOkFlag/1': 1,
    'host/doorOpenFlag/1': 0,
    'host/healthCode/1': 0,
  });
});

test('stored output, three columns: averages only when there is nothing better', { skip }, () => {
  const text = stored('ipmitool-sdr-v1-a.txt');
  const values = valuesOf(text);
  assert.deepEqual(parseSdr(text).strange, []);
  assert.equal(values['host/inletTempC/3'], 20);
  assert.equal(values['host/bmcPowerW/5'], 210);
  assert.equal(values['host/railVoltageV/1'], 12.04);
  assert.equal(values['fan#3/fanSpeedRpm/1'], 2125);
});

test('the password is never an argument', () => {
  const config = ipmitoolSourceConfig.parse({
    ...{ id: 'a', kind: 'ipmitool', host: 'h', address: '10.0.0.9', username: 'u' },
    password: 'hunter2',
  });
  const args = ipmitoolArguments(config);
  assert.ok(!args.join(' ').includes('hunter2'));
  assert.deepEqual(args.slice(-3), ['-U', 'u', '-E']);
});

test('a bad configuration names the field', () => {
  const good = { id: 'a', kind: 'ipmitool', host: 'h', address: '10.0.0.9' };
  for (const [field, value] of [
    ['address', '-oops'],
    ['port', 0],
    ['cipherSuite', 99],
  ] as const) {
    const result = ipmitoolSourceConfig.safeParse({ ...good, [field]: value });
    assert.equal(result.error?.issues[0].path[0], field);
  }
});
