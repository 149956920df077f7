/** A small invented BMC over HTTP: what is read of it, and how it is treated when it misbehaves. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { recordingPort, testContext, until } from '../support/recording-port.ts';
import { pollsOf, type RedfishRun, runRedfish, USER } from '../support/redfish-run.ts';
import type { Body } from '../support/redfish-tree-server.ts';
import { logEntry, SMALL, smallTree } from '../support/small-redfish-tree.ts';

const SENSORS = `${SMALL.chassis}/Sensors`;
const dropsOf = (run: RedfishRun, why: string) => run.port.drops.get(why) ?? 0;
const has = (run: RedfishRun, key: string) => run.port.latest().has(key);
const gets = (run: RedfishRun, path: string) =>
  run.server.log.filter(line => line.startsWith(`GET ${path} `)).length;

/** Runs a body against the small BMC and gives the session back whatever happens. */
async function withBmc(
  options: Partial<Parameters<typeof runRedfish>[0]>,
  config: Parameters<typeof runRedfish>[1],
  body: (run: RedfishRun) => Promise<void>,
): Promise<void> {
  const run = await runRedfish({ tree: smallTree(), ...options }, config);
  try {
    await body(run);
  } finally {
    await run.end();
  }
}

// they mostly wait, so side by side
describe('a BMC by Redfish', { concurrency: 8 }, () => {
  test('power, heat, fans, PSUs, GPUs and health are read', () =>
    withBmc({ expand: true }, {}, async run => {
      await until(() => has(run, 'gpu/1/gpuPowerW') && pollsOf(run) > 0, 'the GPUs');
      const latest = run.port.latest();
      const expected = {
        'host/bmcPowerW': 2010,
        'host/inletTempC': 23.5,
        'host/cpuTempC': 61,
        'host/humidityRatio': 0.5,
        'host/leakFlag': 0,
        'host/doorOpenFlag': 0,
        'host/poweredOnFlag': 1,
        'host/healthCode': 0,
        'host/redundancyOkFlag': 1,
        'host/firmwareText': '2.4',
        'host/bmcFirmwareText': '1.9',
        'host/modelText': 'GX-8',
        'psu/1/psuInputPowerW': 1010,
        'psu/0/psuOutputPowerW': 940,
        'psu/0/inputVoltageV': 230,
        'psu/1/psuOkFlag': 1,
        'fan/1/fanSpeedRpm': 6100,
        'fan/0/fanSpeedRatio': 0.5,
        'fan/0/fanOkFlag': 1,
        'gpu/0/gpuPowerW': 400,
        'gpu/1/gpuTempC': 56,
        'bmc/0/upFlag': 1,
      };
      for (const [key, value] of Object.entries(expected))
        assert.equal(latest.get(key), value, key);
      assert.ok(run.port.readingsTaken.every(reading => reading.hostId === 'host-1'));
    }));

  test('resources that have not changed are not sent again', () =>
    withBmc({ etag: true }, {}, async run => {
      await until(() => pollsOf(run) >= 3, 'three polls');
      const answers = run.server.log.filter(line => line.includes(`${SENSORS}/Inlet `));
      assert.deepEqual(
        answers.slice(0, 3).map(line => line.split(' ').at(-1)),
        ['200', '304', '304'],
      );
      const times = run.port.readingsTaken
        .filter(reading => reading.signal === 'inletTempC')
        .map(reading => reading.atMs);
      assert.ok(times.length >= 3 && times[2] > times[0], 'an unchanged value is a value of now');
    }));

  test('only what bears readings is read again at once', () =>
    withBmc({}, {}, async run => {
      await until(() => pollsOf(run) >= 3, 'three polls');
      assert.ok(gets(run, `${SENSORS}/Total`) >= 3);
      assert.equal(gets(run, `${SMALL.root}/Systems`), 1);
      assert.equal(gets(run, `${SMALL.system}/Bios`), 1);
    }));

  test('a session that the BMC forgot is made anew', () =>
    withBmc({}, {}, async run => {
      await until(() => pollsOf(run) >= 1, 'a poll');
      run.server.forgetSessions();
      const before = pollsOf(run);
      await until(() => pollsOf(run) >= before + 2, 'more polls');
      assert.equal(run.server.openSessions.size, 1);
      assert.equal(run.source.health().state, 'up');
    }));

  test('a BMC without sessions is asked by basic login', () =>
    withBmc({ maxSessions: 0 }, {}, async run => {
      await until(() => has(run, 'host/bmcPowerW'), 'power');
      assert.equal(run.server.openSessions.size, 0);
    }));

  test('a refused password is tried once and told', () =>
    withBmc({}, { password: 'wrong' }, async run => {
      await until(() => run.source.health().lastError !== undefined, 'the error');
      await new Promise(done => setTimeout(done, 2_500));
      const logins = run.server.log.filter(line => line.startsWith('POST'));
      assert.equal(logins.length, 1, 'accounts lock');
      assert.match(
        run.source.health().lastError ?? '',
        /login refused .*check username and password/,
      );
      assert.notEqual(run.source.health().state, 'up');
    }));

  test('a missing environment variable is named', () =>
    withBmc({}, { password: undefined, passwordEnv: 'ORRERY_TEST_NO_SUCH' }, async run => {
      await until(() => run.source.health().lastError !== undefined, 'the error');
      assert.match(run.source.health().lastError ?? '', /ORRERY_TEST_NO_SUCH is not set/);
    }));

  test('one broken, one failing and one missing resource leave the others alone', () =>
    withBmc({}, {}, async run => {
      run.server.faults.set(`${SENSORS}/Cpu1`, { kind: 'text', text: '{"Reading": tru' });
      run.server.faults.set(`${SENSORS}/Humidity`, { kind: 'status', status: 500 });
      run.server.faults.set(`${SMALL.system}/Processors/GPU_1`, { kind: 'status', status: 404 });
      await until(() => has(run, 'gpu/0/gpuPowerW') && pollsOf(run) > 0, 'the rest');
      assert.ok(has(run, 'host/inletTempC') && has(run, 'host/bmcPowerW'));
      assert.equal(has(run, 'host/cpuTempC'), false);
      assert.ok(dropsOf(run, 'not JSON') > 0);
      assert.ok(dropsOf(run, 'HTTP 500') > 0);
      assert.ok(dropsOf(run, 'missing resource') > 0);
      const { state, lastError, breaker } = run.source.health();
      assert.equal(state, 'degraded');
      assert.equal(breaker, 'closed');
      assert.match(lastError ?? '', /Sensors\/(?:Cpu1: not JSON at byte 12|Humidity: HTTP 500)/);
    }));

  test('a resource that hangs costs its own time only', () =>
    withBmc({}, { requestTimeoutS: 0.3 }, async run => {
      run.server.faults.set(`${SENSORS}/Cpu1`, { kind: 'hang' });
      await until(() => pollsOf(run) >= 3, 'three polls');
      assert.ok(has(run, 'host/inletTempC'));
      assert.ok(dropsOf(run, 'no answer') >= 1);
      const inlets = run.port.readingsTaken.filter(reading => reading.signal === 'inletTempC');
      assert.ok(inlets.length >= 3, 'the others go on at their rate');
    }));

  test('a tree with loops, endless links and foreign hosts is walked once', async () => {
    const tree = smallTree();
    const link = (uri: string) => ({ '@odata.id': uri });
    const sensors = tree.get(SENSORS) as { Members: Body[] };
    sensors.Members.push(
      link(SENSORS),
      link(`${SENSORS}/`),
      link(SMALL.root),
      link('http://a.b/c'),
    );
    sensors.Members.push({}, link(`${SMALL.chassis.toUpperCase()}`));
    tree.set(SENSORS, { ...sensors, 'Members@odata.nextLink': SENSORS });
    const supply = `${SMALL.chassis}/PowerSubsystem/PowerSupplies/PSU1`;
    tree.set(supply, { ...tree.get(supply), Metrics: link(supply) });
    await withBmc({ tree }, { maxResources: 200 }, async run => {
      await until(() => has(run, 'host/inletTempC') && pollsOf(run) >= 2, 'two polls');
      assert.ok(run.server.log.length < 200, `${run.server.log.length} requests`);
      assert.ok(dropsOf(run, 'link to another host') > 0);
      assert.ok(dropsOf(run, 'member without link') > 0);
    });
  });

  test('a collection of endless members ends at maxResources', async () => {
    const tree = smallTree();
    const members = Array.from({ length: 500 }, (_, i) => ({ '@odata.id': `${SENSORS}/S${i}` }));
    tree.set(SENSORS, { ...tree.get(SENSORS), Members: members });
    await withBmc({ tree }, { maxResources: 50 }, async run => {
      await until(() => pollsOf(run) >= 1, 'a poll');
      assert.ok(dropsOf(run, 'more resources than maxResources') > 400);
      assert.ok(run.server.log.length < 120);
    });
  });

  test('redirects are followed on the same host, a few times, and not elsewhere', () =>
    withBmc({}, {}, async run => {
      const moved = `${SENSORS}/Inlet`;
      run.server.tree.set('/moved/Inlet', run.server.tree.get(moved) as Body);
      run.server.faults.set(moved, { kind: 'redirect', to: '/moved/Inlet' });
      run.server.faults.set(`${SENSORS}/Cpu1`, { kind: 'redirect', to: `${SENSORS}/Cpu1` });
      run.server.faults.set(`${SENSORS}/Total`, { kind: 'redirect', to: 'http://127.0.0.2:1/x' });
      await until(() => has(run, 'host/inletTempC') && pollsOf(run) > 0, 'the inlet');
      assert.equal(has(run, 'host/cpuTempC'), false);
      assert.equal(has(run, 'host/bmcPowerW'), false);
      assert.ok(dropsOf(run, 'no answer') >= 2);
    }));

  test('an answer that is too large is refused', async () => {
    const tree = smallTree();
    tree.set(`${SENSORS}/Cpu1`, { ...tree.get(`${SENSORS}/Cpu1`), Filler: 'x'.repeat(40_000) });
    await withBmc({ tree }, { maxResponseBytes: 20_000 }, async run => {
      await until(() => has(run, 'host/inletTempC') && pollsOf(run) > 0, 'the inlet');
      assert.equal(has(run, 'host/cpuTempC'), false);
      assert.match(run.source.health().lastError ?? '', /Cpu1: answer larger than 20000 bytes/);
    });
  });

  test('log entries are events once each, also as they come', async () => {
    const tree = smallTree();
    const entries = `${SMALL.log}/Entries`;
    const old = Array.from({ length: 5 }, (_, i) =>
      logEntry(i + 1, `old ${i + 1}`, `2026-01-01T00:00:0${i}Z`),
    );
    tree.set(entries, { ...tree.get(entries), Members: old });
    await withBmc({ tree }, { logBacklog: 3, healthIntervalS: 1, events: false }, async run => {
      await until(() => run.port.events.length === 3, 'the newest three');
      assert.equal(dropsOf(run, 'log entry beyond the backlog'), 2);
      const fresh = [logEntry(6, 'PSU 2 failed', '2026-01-01T00:01:00Z'), logEntry(7, 'x', '')];
      run.server.tree.set(entries, { ...tree.get(entries), Members: [...old, ...fresh] });
      await until(() => run.port.events.length === 5, 'the new ones');
      await until(() => gets(run, entries) >= 5, 'more readings of the log');
      assert.equal(run.port.events.length, 5);
      const failed = run.port.events.find(event => event.text === 'PSU 2 failed');
      assert.equal(failed?.severity, 'critical');
      assert.equal(failed?.entity, 'host-1');
      const undated = run.port.events.find(event => event.text === 'x');
      assert.ok(undated && Math.abs(undated.atMs - Date.now()) < 20_000, 'between two readings');
    });
  });

  test('events are taken from the stream and not again from the log', async () => {
    const tree = smallTree();
    const entries = `${SMALL.log}/Entries`;
    await withBmc({ tree }, { healthIntervalS: 1 }, async run => {
      const at = new Date().toISOString();
      const event = {
        EventId: '9',
        EventTimestamp: at,
        Message: 'Fan 3 stopped',
        Severity: 'Warning',
      };
      await until(() => run.server.push({ Events: [event] }) > 0, 'a listener');
      await until(() => run.port.events.length === 1, 'the event');
      run.server.tree.set(entries, {
        ...{ ...tree.get(entries), Members: [logEntry(1, 'Fan 3 stopped', at)] },
      });
      await until(() => gets(run, entries) >= 3, 'the log read again');
      assert.equal(run.port.events.length, 1);
      assert.equal(run.port.events[0].severity, 'warning');
    });
  });

  test('a metric report stands for the sensors that it tells', async () => {
    const tree = smallTree();
    const reports = `${SMALL.root}/TelemetryService/MetricReports`;
    const report = `${reports}/Heat`;
    const values = () => [
      {
        ...{ MetricProperty: `${SENSORS}/Cpu1`, MetricValue: '66.5' },
        Timestamp: new Date().toISOString(),
      },
    ];
    tree.set(reports, { ...tree.get(reports), Members: [{ '@odata.id': report }] });
    tree.set(report, {
      ...{ '@odata.id': report, '@odata.type': '#MetricReport.v1_0_0.MetricReport' },
      get MetricValues() {
        return values();
      },
    } as Body);
    await withBmc({ tree }, {}, async run => {
      await until(() => run.port.latest().get('host/cpuTempC') === 66.5, 'the reported value');
      const before = gets(run, `${SENSORS}/Cpu1`);
      await until(() => gets(run, report) >= 4, 'more reports');
      assert.equal(gets(run, `${SENSORS}/Cpu1`), before, 'the sensor itself is not asked');
      assert.ok(gets(run, `${SENSORS}/Inlet`) >= 4, 'a sensor without report is');
    });
  });

  test('a changed BIOS attribute is an event', () =>
    withBmc({}, { inventoryIntervalS: 10 }, async run => {
      await until(() => gets(run, `${SMALL.system}/Bios`) === 1, 'the first reading');
      run.server.tree.set(`${SMALL.system}/Bios`, {
        ...{ '@odata.type': '#Bios.v1_0_0.Bios', Attributes: { Turbo: 'Disabled', Numa: 4 } },
      });
      await until(() => run.port.events.length === 1, 'the change', 15_000);
      assert.match(run.port.events[0].text, /Turbo "Enabled" -> "Disabled"/);
    }));

  test('the clock of the BMC is measured', () =>
    withBmc({ clockOffsetMs: 90_000 }, {}, async run => {
      await until(() => run.port.latest().has('bmc/0/clockOffsetS'), 'the offset');
      const { clockOffsetMs = 0, clockUncertaintyMs = Infinity } = run.source.health();
      assert.ok(Math.abs(clockOffsetMs - 90_000) <= clockUncertaintyMs + 1);
      assert.ok(clockUncertaintyMs < 1_000);
    }));

  test('a BMC that dies goes down, keeps its last values with their age, and comes back', () =>
    withBmc({}, { requestTimeoutS: 0.2 }, async run => {
      await until(() => pollsOf(run) >= 2, 'two polls');
      run.server.faults.set('*', { kind: 'reset' });
      await until(() => run.port.latest().get('bmc/0/upFlag') === 0, 'the failure', 15_000);
      const inlet = () => run.source.cached().find(reading => reading.signal === 'inletTempC');
      const keptMs = inlet()?.atMs;
      await until(() => run.source.health().breaker !== 'closed', 'the breaker', 20_000);
      assert.equal(run.source.health().state, 'down');
      assert.equal(inlet()?.atMs, keptMs, 'the value keeps its time');
      const count = run.port.readingsTaken.filter(one => one.signal === 'inletTempC').length;
      await new Promise(done => setTimeout(done, 500));
      const later = run.port.readingsTaken.filter(one => one.signal === 'inletTempC').length;
      assert.equal(later, count, 'silence is no reading');
      run.server.faults.clear();
      await until(() => run.source.health().state === 'up', 'its return', 30_000);
    }));

  test('a BMC that takes 0.15 s for every resource delivers long before its tree is read', () =>
    withBmc({ delayMs: 150 }, { pollBudgetS: 1 }, async run => {
      await until(() => has(run, 'host/inletTempC'), 'the inlet', 15_000);
      assert.equal(has(run, 'gpu/0/gpuPowerW'), false);
      await until(() => has(run, 'gpu/0/gpuPowerW'), 'the GPUs', 40_000);
    }));

  test('hung BMCs do not slow one that answers', async () => {
    const { createBmcSchedule } = await import('../../server/ingest/bmc/schedule.ts');
    const { createRedfishSource } = await import('../../server/ingest/redfish/source.ts');
    const { startRedfishTree } = await import('../support/redfish-tree-server.ts');
    const schedule = createBmcSchedule({ concurrency: 16 });
    const port = recordingPort();
    const hung = await startRedfishTree({ tree: smallTree() });
    hung.faults.set('*', { kind: 'hang' });
    const good = await startRedfishTree({ tree: smallTree(), user: USER });
    const source = (id: string, url: string) =>
      createRedfishSource(
        {
          ...{ id, kind: 'redfish', url, host: id, username: USER.name, password: USER.password },
          requestTimeoutS: 2,
        },
        testContext(port),
        schedule,
      );
    const sources = Array.from({ length: 40 }, (_, i) => source(`hung-${i}`, hung.url));
    sources.push(source('good', good.url));
    for (const one of sources) one.start();
    try {
      const inlets = () => port.readingsTaken.filter(one => one.signal === 'inletTempC');
      await until(() => inlets().length >= 1, 'the first reading', 60_000);
      const from = inlets().length;
      const startMs = Date.now();
      await until(() => inlets().length >= from + 5, 'five more', 20_000);
      assert.ok(Date.now() - startMs < 7_500, `${Date.now() - startMs} ms for five readings`);
    } finally {
      await Promise.all(sources.map(one => one.stop()));
      await Promise.all([hung.stop(), good.stop()]);
    }
  });

  test('a CDU tells coolant, leaks and pressure', async () => {
    const cdu = '/redfish/v1/ThermalEquipment/CDUs/1';
    const link = (uri: string) => ({ '@odata.id': uri });
    const tree = new Map<string, Body>();
    const put = (uri: string, type: string, body: Body) =>
      void tree.set(uri, { '@odata.id': uri, '@odata.type': `#${type}.v1_0_0.${type}`, ...body });
    put(SMALL.root, 'ServiceRoot', { ThermalEquipment: link('/redfish/v1/ThermalEquipment') });
    put('/redfish/v1/ThermalEquipment', 'ThermalEquipment', {
      CDUs: link('/redfish/v1/ThermalEquipment/CDUs'),
    });
    put('/redfish/v1/ThermalEquipment/CDUs', 'CoolingUnitCollection', { Members: [link(cdu)] });
    put(cdu, 'CoolingUnit', {
      ...{ SecondaryCoolantConnectors: link(`${cdu}/Secondary`) },
      LeakDetection: link(`${cdu}/LeakDetection`),
    });
    put(`${cdu}/Secondary`, 'CoolantConnectorCollection', {
      Members: [link(`${cdu}/Secondary/1`)],
    });
    put(`${cdu}/Secondary/1`, 'CoolantConnector', {
      FlowLitersPerMinute: { Reading: 1200 },
      SupplyTemperatureCelsius: { Reading: 32 },
      ReturnTemperatureCelsius: { Reading: 41.5 },
      SupplyPressurekPa: { Reading: 250 },
    });
    put(`${cdu}/LeakDetection`, 'LeakDetection', { LeakDetectors: link(`${cdu}/Leaks`) });
    put(`${cdu}/Leaks`, 'LeakDetectorCollection', { Members: [link(`${cdu}/Leaks/1`)] });
    put(`${cdu}/Leaks/1`, 'LeakDetector', { DetectorState: 'Critical' });
    await withBmc({ tree }, { entityKind: 'cdu', host: 'cdu-1' }, async run => {
      await until(() => has(run, 'cdu/leakFlag') && pollsOf(run) > 0, 'the leak');
      const latest = run.port.latest();
      assert.ok(Math.abs(Number(latest.get('cdu/coolantFlowM3PerS')) - 0.02) < 1e-12);
      assert.equal(latest.get('cdu/coolantPressurePa'), 250_000);
      assert.equal(latest.get('cdu/supplyTempC'), 32);
      assert.equal(latest.get('cdu/returnTempC'), 41.5);
      assert.equal(latest.get('cdu/leakFlag'), 1);
      assert.equal(latest.has('bmc/0/upFlag'), false, 'a CDU has no BMC of its own');
    });
  });

  test('a certificate signed by itself is refused unless it is accepted or known', async () => {
    const file = (name: string) => new URL(`../fixtures/tls/${name}`, import.meta.url).pathname;
    const pem = (name: string) => readFileSync(file(name), 'utf8');
    const tls = { key: pem('bmc-key.pem'), cert: pem('bmc-cert.pem') };
    await withBmc({ tls }, {}, async run => {
      await until(() => run.source.health().lastError !== undefined, 'the refusal');
      assert.match(run.source.health().lastError ?? '', /self-signed certificate/);
      assert.equal(run.server.log.length, 0, 'nothing was sent');
    });
    for (const accepted of [{ rejectUnauthorized: false }, { caFile: file('bmc-cert.pem') }])
      await withBmc({ tls }, { tls: accepted }, run =>
        until(() => has(run, 'host/inletTempC'), 'the inlet'),
      );
  });
});
