import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import test, { after, before } from 'node:test';
import { DCGM_FIELDS } from '../../scenarios/plant/pages/dcgm.ts';
import { type Plant, startPlant } from '../../scenarios/plant/plant.ts';
import { smallSite } from '../../scenarios/plant/site.ts';

const START_MS = Date.UTC(2026, 0, 5, 12);
let nowMs = START_MS;
let plant: Plant;

before(async () => {
  const base = smallSite({ racksPerRow: 4 });
  const racks = base.racks.map((rack, at) => (at === 3 ? { ...rack, cdu: 'cdu-1' } : rack));
  plant = await startPlant(
    { ...base, racks, cdus: [{ id: 'cdu-1' }] },
    { clock: () => nowMs, faults: [], redfishHosts: 2 },
  );
});
after(() => plant.stop());

interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** As naive as can be, so that it shares no mistake with the real reader. */
function parse(text: string): Series[] {
  return text
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => {
      const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
      assert.ok(match, `not a sample: ${line}`);
      const pairs = [...(match[2] ?? '').matchAll(/(\w+)="([^"]*)"/g)];
      const value = match[3] === 'NaN' ? Number.NaN : Number(match[3]);
      assert.ok(match[3] === 'NaN' || Number.isFinite(value), `no number: ${line}`);
      return { name: match[1], labels: Object.fromEntries(pairs.map(p => [p[1], p[2]])), value };
    });
}

const fetchPage = async (path: string) => {
  const response = await fetch(path.startsWith('http') ? path : `${plant.url}${path}`);
  return { status: response.status, text: await response.text() };
};

const names = (series: readonly Series[]) => new Set(series.map(({ name }) => name));
const find = (series: readonly Series[], name: string, labels: Record<string, string> = {}) =>
  series.filter(
    row =>
      row.name === name &&
      Object.entries(labels).every(([key, value]) => row.labels[key] === value),
  );

const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  dcgm: [...DCGM_FIELDS.map(field => field.name), 'DCGM_FI_DEV_XID_ERRORS'],
  node: [
    ...['node_cpu_seconds_total', 'node_memory_MemAvailable_bytes', 'node_load1'],
    ...['node_network_receive_bytes_total', 'node_disk_io_time_seconds_total', 'node_uname_info'],
    ...['node_boot_time_seconds', 'node_pressure_cpu_waiting_seconds_total'],
    ...['node_timex_offset_seconds', 'node_filesystem_avail_bytes', 'node_vmstat_oom_kill'],
  ],
  ipmi: [
    ...['ipmi_up', 'ipmi_dcmi_power_consumption_current_watts', 'ipmi_temperature_celsius'],
    ...['ipmi_fan_speed_rpm', 'ipmi_power_watts', 'ipmi_voltage_volts', 'ipmi_sensor_state'],
    ...['ipmi_chassis_power_state', 'ipmi_sel_entries_count', 'ipmi_bmc_info'],
  ],
  ksm: [
    ...['kube_node_info', 'kube_node_status_allocatable', 'kube_node_status_condition'],
    ...['kube_pod_info', 'kube_pod_container_resource_requests', 'kube_pod_status_phase'],
  ],
  kubelet: ['container_cpu_cfs_throttled_periods_total', 'container_oom_events_total'],
  modbus: ['cdu_supply_temperature_celsius', 'cdu_flow_liters_per_minute'],
};

test('every target answers a page that parses, with the names of its exporter', async () => {
  const kinds = new Set<string>();
  for (const target of plant.targets) {
    const { status, text } = await fetchPage(target.url);
    assert.equal(status, 200, target.url);
    const series = parse(text);
    const keys = series.map(row => row.name + JSON.stringify(row.labels));
    assert.equal(new Set(keys).size, keys.length, `duplicate series at ${target.url}`);
    kinds.add(target.kind);
    // a host without work has no containers
    if (target.kind === 'kubelet' && series.length === 0) continue;
    for (const name of EXPECTED[target.kind] ?? []) {
      assert.ok(names(series).has(name), `${name} missing at ${target.url}`);
    }
  }
  assert.deepEqual([...kinds].sort(), ['dcgm', 'ipmi', 'ksm', 'kubelet', 'modbus', 'node', 'snmp']);
});

test('dcgm pages: both spellings of the host label, real units, pods on allocated GPUs', async () => {
  const [even, odd] = await Promise.all(
    ['host-1', 'host-2'].map(async id => parse((await fetchPage(`/dcgm/${id}/metrics`)).text)),
  );
  assert.equal(even[0].labels.Hostname, 'host-1');
  assert.equal(odd[0].labels.hostname, 'host-2');
  const truth = plant.truth();
  const truthOf = (host: string) => truth.gpus.filter(gpu => gpu.host === host);
  for (const gpu of truthOf('host-1')) {
    const at = { UUID: String(gpu.uuid) };
    const temp = find(even, 'DCGM_FI_DEV_GPU_TEMP', at)[0].value;
    assert.ok(Number.isInteger(temp) && Math.abs(temp - Number(gpu.tempC)) < 12);
    const powerW = find(even, 'DCGM_FI_DEV_POWER_USAGE', at)[0].value;
    assert.ok(Math.abs(powerW - Number(gpu.powerW)) < 3);
    const energyMilliJ = find(even, 'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION', at)[0].value;
    assert.ok(Math.abs(energyMilliJ / 1000 - Number(gpu.energyJ)) < 1);
    const memory = ['FREE', 'USED', 'RESERVED'].map(
      part => find(even, `DCGM_FI_DEV_FB_${part}`, at)[0].value,
    );
    assert.equal(memory[0] + memory[1] + memory[2], 81_559);
  }
  const pods = parse((await fetchPage('/ksm/metrics')).text);
  const requests = find(pods, 'kube_pod_container_resource_requests', {
    resource: 'nvidia_com_gpu',
    node: 'host-1',
  });
  const labelled = find(even, 'DCGM_FI_DEV_GPU_TEMP').filter(row => row.labels.pod !== undefined);
  assert.equal(
    labelled.length,
    requests.reduce((sum, row) => sum + row.value, 0),
  );
  assert.ok(find(pods, 'kube_pod_status_phase', { phase: 'Pending' }).some(row => row.value === 1));
});

test('counters grow with plant time, and BMC, outlets and PDU agree to their accuracy', async () => {
  const energy = async () =>
    find(
      parse((await fetchPage('/dcgm/host-1/metrics')).text),
      'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION',
    );
  const first = await energy();
  nowMs += 60_000;
  const second = await energy();
  second.forEach((row, at) => {
    const meanW = (row.value - first[at].value) / 1000 / 60;
    assert.ok(meanW > 60 && meanW < 700, `${meanW} W`);
  });
  const pdu = parse((await fetchPage('/pdu/row-1-rack-1-pdu-a/metrics')).text);
  const inletW = find(pdu, 'rPDU2DeviceStatusPower')[0].value * 10;
  const outletsW = find(pdu, 'rPDU2OutletMeteredStatusPower').reduce(
    (sum, row) => sum + row.value,
    0,
  );
  assert.ok(Math.abs(inletW - outletsW) < 0.02 * inletW, `${inletW} against ${outletsW}`);
});

test('faults come and go over HTTP and show in the pages', async () => {
  const post = (body: unknown) =>
    fetch(`${plant.url}/faults`, { method: 'POST', body: JSON.stringify(body) });
  const dead = { id: 'dead', kind: 'dcgmDropout', entity: 'host-3', magnitude: 1 };
  const cord = { id: 'cord', kind: 'miscabled', entity: 'host-1' };
  assert.equal((await post(dead)).status, 201);
  assert.equal((await post(cord)).status, 201);
  assert.equal((await post({ id: 'x', kind: 'gpuHot' })).status, 400);
  nowMs += 2000;
  assert.equal((await fetchPage('/dcgm/host-3/metrics')).status, 503);
  const outlets = async (pdu: string) =>
    find(
      parse((await fetchPage(`/snmp?target=${pdu}&module=apcups`)).text),
      'rPDU2OutletMeteredStatusPower',
    );
  const [a, b] = [await outlets('row-1-rack-1-pdu-a'), await outlets('row-1-rack-1-pdu-b')];
  assert.deepEqual(
    b.slice(0, 3).map(row => row.value),
    [0, 0, 0],
  );
  assert.equal(a.filter(row => row.value > 50).length, 15);
  const listed = JSON.parse((await fetchPage('/faults')).text);
  assert.deepEqual(
    listed.map((fault: { id: string }) => fault.id),
    ['dead', 'cord'],
  );
  for (const id of ['dead', 'cord']) {
    const answer = await fetch(`${plant.url}/faults/${id}`, { method: 'DELETE' });
    assert.equal(answer.status, 200);
  }
  assert.equal((await fetchPage('/dcgm/host-3/metrics')).status, 200);
  assert.equal((await fetchPage('/nothing')).status, 404);
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Record<string, unknown>;
}

function redfish(
  url: string,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: unknown } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {} } = options;
    const request = httpRequest(url + path, { method, headers, agent: false }, response => {
      let text = '';
      response.setEncoding('utf8').on('data', chunk => {
        text += chunk;
      });
      response.on('end', () => {
        const body = text === '' ? {} : JSON.parse(text);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    request.on('error', reject);
    request.end(options.body === undefined ? undefined : JSON.stringify(options.body));
  });
}

async function openSession(bmc: Plant['bmcs'][number]) {
  const body = { UserName: bmc.username, Password: bmc.password };
  const path = '/redfish/v1/SessionService/Sessions';
  const answer = await redfish(bmc.url, path, { method: 'POST', body });
  assert.equal(answer.status, 201);
  const location = String(answer.headers.location);
  return { headers: { 'X-Auth-Token': String(answer.headers['x-auth-token']) }, location };
}

/** Every `@odata.id` in a document, fragments left out. */
function links(value: unknown, into: Set<string>): Set<string> {
  if (Array.isArray(value)) for (const item of value) links(item, into);
  else if (value && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) {
      if (key === '@odata.id' || key === 'DataSourceUri') into.add(String(item).split('#')[0]);
      else links(item, into);
    }
  }
  return into;
}

test('a crawl of a BMC reaches every resource and finds no broken link', async () => {
  const bmc = plant.bmcs[0];
  plant.inject({ id: 'psu', kind: 'psuFailed', entity: bmc.host, slot: 1 });
  const { headers, location } = await openSession(bmc);
  const seen = new Map<string, Record<string, unknown>>();
  const queue = ['/redfish/v1'];
  for (let path = queue.pop(); path; path = queue.pop()) {
    if (seen.has(path)) continue;
    const { status, body } = await redfish(bmc.url, path, { headers });
    assert.equal(status, 200, `broken link ${path}`);
    seen.set(path, body);
    queue.push(...links(body, new Set()));
  }
  const at = (path: string) => seen.get(`/redfish/v1${path}`) as Record<string, never>;
  assert.ok(seen.size > 80, `${seen.size} resources`);
  const supplies = at('/Chassis/1/Power').PowerSupplies as { Status: { Health: string } }[];
  assert.deepEqual(
    supplies.map(supply => supply.Status.Health),
    ['OK', 'Critical', 'OK', 'OK', 'OK', 'OK'],
  );
  const status = at('/Chassis/1/PowerSubsystem/PowerSupplies/2').Status as { Health: string };
  assert.equal(status.Health, 'Critical');
  assert.ok(at('/Systems/1/LogServices/SEL/Entries')['Members@odata.count'] > 0);
  const inlet = at('/Chassis/1/Sensors/Inlet_Temp').Reading;
  const thermal = at('/Chassis/1/Thermal').Temperatures as { ReadingCelsius: number }[];
  assert.equal(thermal[0].ReadingCelsius, inlet);
  assert.equal((await redfish(bmc.url, location, { method: 'DELETE', headers })).status, 204);
  assert.equal((await redfish(bmc.url, '/redfish/v1/Systems', { headers })).status, 401);
  plant.clear('psu');
});

test('a BMC wants an account, knows ETags and expands collections', async () => {
  const bmc = plant.bmcs[1];
  assert.equal((await redfish(bmc.url, '/redfish/v1')).status, 200);
  assert.equal((await redfish(bmc.url, '/redfish/v1/Chassis')).status, 401);
  const wrong = { UserName: 'admin', Password: 'wrong' };
  const sessions = '/redfish/v1/SessionService/Sessions';
  const refused = await redfish(bmc.url, sessions, { method: 'POST', body: wrong });
  assert.equal(refused.status, 401);
  const account = Buffer.from(`${bmc.username}:${bmc.password}`).toString('base64');
  const headers = { Authorization: `Basic ${account}` };
  const first = await redfish(bmc.url, '/redfish/v1/Systems/1/Bios', { headers });
  const tagged = { ...headers, 'If-None-Match': String(first.headers.etag) };
  assert.equal(
    (await redfish(bmc.url, '/redfish/v1/Systems/1/Bios', { headers: tagged })).status,
    304,
  );
  const fans = '/redfish/v1/Chassis/1/ThermalSubsystem/Fans?$expand=.($levels=1)';
  const members = (await redfish(bmc.url, fans, { headers })).body.Members as { Name: string }[];
  assert.equal(members[0].Name, 'FAN1');
});

test('a reset through the BMC takes the host away and brings it back', async () => {
  const bmc = plant.bmcs[1];
  const { headers } = await openSession(bmc);
  const target = '/redfish/v1/Systems/1/Actions/ComputerSystem.Reset';
  const reset = (ResetType: string) =>
    redfish(bmc.url, target, { method: 'POST', headers, body: { ResetType } });
  assert.equal((await reset('Explode')).status, 400);
  assert.equal((await reset('ForceRestart')).status, 204);
  const page = `/dcgm/${bmc.host}/metrics`;
  assert.equal((await fetchPage(page)).status, 503);
  const ready = async () =>
    find(parse((await fetchPage('/ksm/metrics')).text), 'kube_node_status_condition', {
      ...{ node: bmc.host, condition: 'Ready', status: 'true' },
    })[0].value;
  assert.equal(await ready(), 0);
  nowMs += 180_000;
  assert.equal((await fetchPage(page)).status, 200);
  assert.equal(await ready(), 1);
});

test('a slow BMC delays only itself', async () => {
  const [fast, slow] = plant.bmcs;
  plant.inject({ id: 'slow', kind: 'bmcSlow', entity: slow.host, magnitude: 0.3 });
  const timed = async (url: string) => {
    const startMs = performance.now();
    await redfish(url, '/redfish/v1');
    return performance.now() - startMs;
  };
  const [fastMs, slowMs] = await Promise.all([timed(fast.url), timed(slow.url)]);
  assert.ok(slowMs >= 290, `slow BMC took ${slowMs} ms`);
  assert.ok(fastMs < slowMs, `fast BMC took ${fastMs} ms`);
  plant.clear('slow');
});

test('without power nothing answers but what has power of its own', async () => {
  for (const entity of ['ups-a', 'ups-b']) plant.inject({ id: entity, kind: 'upsFailed', entity });
  nowMs += 2000;
  const [{ bmcAddress, id }] = smallSite().hosts;
  const ipmi = parse((await fetchPage(`/ipmi?target=${bmcAddress}`)).text);
  assert.deepEqual([...names(ipmi)].sort(), ['ipmi_scrape_duration_seconds', 'ipmi_up']);
  assert.ok(find(ipmi, 'ipmi_up').every(({ value }) => value === 0));
  await assert.rejects(redfish(plant.bmcs[0].url, '/redfish/v1'), /socket hang up|ECONNRESET/);
  for (const path of [`/node/${id}/metrics`, '/pdu/row-1-rack-1-pdu-a/metrics']) {
    assert.equal((await fetchPage(path)).status, 503, path);
  }
  const ups = parse((await fetchPage('/snmp?target=ups-a&module=apcups')).text);
  assert.equal(find(ups, 'upsBasicOutputStatus')[0].value, 7);
  for (const entity of ['ups-a', 'ups-b']) plant.clear(entity);
  nowMs += 200_000;
  assert.equal((await fetchPage(`/node/${id}/metrics`)).status, 200);
  assert.equal((await redfish(plant.bmcs[0].url, '/redfish/v1')).status, 200);
});
