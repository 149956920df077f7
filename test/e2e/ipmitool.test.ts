/** The real ipmitool against OpenIPMI's simulated BMC. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { createBmcSchedule } from '../../server/ingest/bmc/schedule.ts';
import { createIpmitoolSource } from '../../server/ingest/ipmi/source.ts';
import { IPMI_USER, missingIpmiPrograms, startIpmiSim } from '../support/ipmi-sim.ts';
import { recordingPort, testContext, until } from '../support/recording-port.ts';

const missing = missingIpmiPrograms();
const mustRun = process.env.CI === 'true';
const skip = missing.length > 0 && !mustRun ? `not installed: ${missing.join(', ')}` : false;

const VALUES = { inlet: 24, fan1: 84, psu1: 130, gpu1: 61, power: 1 };

function ipmitoolOf(port: number, change: object = {}) {
  const taken = recordingPort();
  const source = createIpmitoolSource(
    {
      ...{ id: 'bmc-1', kind: 'ipmitool', host: 'host-1', address: '127.0.0.1', port },
      ...{ ...IPMI_USER, intervalS: 1, healthIntervalS: 1 },
      ...change,
    },
    testContext(taken),
    createBmcSchedule({ concurrency: 2 }),
  );
  return { source, taken };
}

test('sensors, chassis, log and clock of a simulated BMC', { skip }, async () => {
  assert.deepEqual(missing, [], 'CI must have the programs');
  const sim = await startIpmiSim(VALUES);
  const { source, taken } = ipmitoolOf(sim.port);
  source.start();
  try {
    await until(() => taken.latest().has('gpu/0/gpuTempC'), 'the sensors', 20_000);
    await until(() => taken.latest().has('host/bmcFirmwareText'), 'the firmware', 20_000);
    const latest = taken.latest();
    const expected = {
      'host/inletTempC': 24,
      'fan/0/fanSpeedRpm': 8400,
      'psu/0/psuInputPowerW': 1300,
      'gpu/0/gpuTempC': 61,
      'host/poweredOnFlag': 1,
      'host/doorOpenFlag': 0,
      'host/healthCode': 0,
      'host/bmcFirmwareText': '3.07',
      'bmc/0/upFlag': 1,
    };
    for (const [key, value] of Object.entries(expected)) assert.equal(latest.get(key), value, key);
    // the simulator has no DCMI: found once, not asked at every poll
    assert.equal(taken.drops.get('not supported: dcmi power reading'), 1);
    assert.equal(source.health().state, 'up');

    setSelClock(sim.port);
    sim.set('inlet', 41);
    sim.set('fan1', 0);
    await until(() => taken.latest().get('host/inletTempC') === 41, 'the heat', 20_000);
    await until(() => taken.latest().get('host/healthCode') === 2, 'the health', 20_000);
    const critical = () => taken.events.find(event => /Upper Critical going high/.test(event.text));
    await until(() => critical() !== undefined, 'the event', 20_000);
    assert.equal(critical()?.severity, 'critical');
    assert.ok(Math.abs((critical()?.atMs ?? 0) - Date.now()) < 20_000);
    assert.ok(Math.abs(source.health().clockOffsetMs ?? Infinity) < 3_000);
    const keys = taken.events.map(event => event.key);
    assert.equal(new Set(keys).size, keys.length);
  } finally {
    await source.stop();
    await sim.stop();
  }
});

test('a BMC that does not answer goes down with the reason', { skip }, async () => {
  const sim = await startIpmiSim(VALUES);
  const { port } = sim;
  await sim.stop();
  const { source, taken } = ipmitoolOf(port, { commandTimeoutS: 0.5 });
  source.start();
  try {
    await until(() => taken.latest().get('bmc/0/upFlag') === 0, 'the failure', 20_000);
    assert.match(source.health().lastError ?? '', /chassis status: (?:no answer|Error: Unable)/);
    assert.notEqual(source.health().state, 'up');
  } finally {
    await source.stop();
  }
});

test('a program that is not there is named', async () => {
  const { source, taken } = ipmitoolOf(1, { command: '/nowhere/ipmitool' });
  source.start();
  try {
    await until(() => taken.latest().get('bmc/0/upFlag') === 0, 'the failure');
    assert.match(source.health().lastError ?? '', /cannot run \/nowhere\/ipmitool/);
  } finally {
    await source.stop();
  }
});

function setSelClock(port: number): void {
  const where = ['-H', '127.0.0.1', '-p', String(port), '-U', IPMI_USER.username, '-E'];
  const env = { ...process.env, IPMI_PASSWORD: IPMI_USER.password, TZ: 'UTC' };
  const args = ['-I', 'lanplus', '-C', '3', ...where, 'sel', 'time', 'set', 'now'];
  assert.equal(spawnSync('ipmitool', args, { env }).status, 0);
}
