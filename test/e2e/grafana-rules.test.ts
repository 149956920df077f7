/** The generated alerting rules under promtool: they load, they fire, and they keep quiet. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { parse, stringify } from 'yaml';
import { buildFiles } from '../../dashboards/grafana/build.ts';
import { LIMITS } from '../../twin/index.ts';
import { runProgram, skipWithout } from '../support/outside-process.ts';

const skip = skipWithout('promtool');
const RULES = buildFiles().get('prometheus/orrery.rules.yml') ?? '';

interface Rule {
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const ALL: readonly Rule[] = parse(RULES).groups.flatMap((group: { rules: Rule[] }) => group.rules);

interface Case {
  readonly why: string;
  /** Series to their values, in promtool's notation. */
  readonly series: Readonly<Record<string, string>>;
  readonly alert: string;
  readonly atMinute: number;
  /** Labels of the firing alert besides those of its rule, and its summary; none: it is quiet. */
  readonly fires?: { readonly labels: Readonly<Record<string, string>>; readonly summary: string };
  readonly kind: string;
}

const IN_RACK = 'site="s1",hall="h",row="w",rack="r1"';
const RACK = { site: 's1', hall: 'h', row: 'w', rack: 'r1' };
const rackLoad = `orrery_rack_power_load_watts{${IN_RACK}}`;
const rackLimit = `orrery_rack_power_load_threshold_watts{${IN_RACK},limit="rackPower"}`;
const otherLimit = `orrery_rack_power_load_threshold_watts{${IN_RACK},limit="other"}`;
const powerLimit = `orrery_rack_power_limit_watts{${IN_RACK}}`;
const AT_R1 = `site="s1",hall="h",row="w",rack="r1"`;
const gpu = (host: string) => `site="s1",hall="h",row="w",rack="r1",host="${host}",gpu="${host}-0"`;

const CASES: readonly Case[] = [
  {
    why: 'capacity: the load passes the limit of this very rack for a minute',
    kind: 'rack',
    alert: 'OrreryRackPower',
    series: { [rackLoad]: '45000x10', [rackLimit]: '44000x10' },
    atMinute: 3,
    fires: { labels: RACK, summary: 'Rack power: r1 at 45kW' },
  },
  {
    why: 'capacity: the default of the table would be passed, the limit of the rack is not',
    kind: 'rack',
    alert: 'OrreryRackPower',
    series: { [rackLoad]: '43000x10', [rackLimit]: '44000x10' },
    atMinute: 3,
  },
  {
    why: 'capacity: passed, but for less than the waiting time',
    kind: 'rack',
    alert: 'OrreryRackPower',
    series: { [rackLoad]: '43000x5 45000x0', [rackLimit]: '44000x10' },
    atMinute: 6,
  },
  {
    why: 'capacity: another limit on the same signal is not this limit',
    kind: 'rack',
    alert: 'OrreryRackPower',
    series: { [rackLoad]: '43000x10', [rackLimit]: '44000x10', [otherLimit]: '41800x10' },
    atMinute: 9,
  },
  {
    why: 'capacity: load vanished; missing is not a breach (absence has an alert of its own)',
    kind: 'rack',
    alert: 'OrreryRackPower',
    series: { [rackLimit]: '44000x10' },
    atMinute: 9,
  },
  {
    why: 'capacity: back within the limit, the alert stays for the hysteresis time',
    kind: 'rack',
    alert: 'OrreryRackPower',
    series: { [rackLoad]: '45000x5 43000x10', [rackLimit]: '44000x20' },
    atMinute: 8,
    fires: { labels: RACK, summary: 'Rack power: r1 at 45kW' },
  },
  {
    why: 'capacity: and then ends',
    kind: 'rack',
    alert: 'OrreryRackPower',
    series: { [rackLoad]: '45000x5 43000x15', [rackLimit]: '44000x20' },
    atMinute: 15,
  },
  {
    why: 'ratio: more than 95 % of the limit of this rack',
    kind: 'rack',
    alert: 'OrreryPowerNearLimit',
    series: { [rackLoad]: '43000x10', [powerLimit]: '44000x10' },
    atMinute: 9,
    fires: { labels: RACK, summary: 'Power close to the limit: r1 at 97.73%' },
  },
  {
    why: 'ratio: below it',
    kind: 'rack',
    alert: 'OrreryPowerNearLimit',
    series: { [rackLoad]: '41000x10', [powerLimit]: '44000x10' },
    atMinute: 9,
  },
  {
    why: 'upper bound: warm inlet for ten minutes',
    kind: 'rack',
    alert: 'OrreryInletRecommended',
    series: {
      [`orrery_rack_inlet_temp_celsius{${IN_RACK}}`]: '28x20',
      [`orrery_rack_inlet_temp_threshold_celsius{${IN_RACK},limit="inletRecommended"}`]: '27x20',
    },
    atMinute: 12,
    fires: { labels: RACK, summary: 'Inlet above the recommended range: r1 at 28°C' },
  },
  {
    why: 'upper bound: exactly at the limit is allowed',
    kind: 'rack',
    alert: 'OrreryInletRecommended',
    series: {
      [`orrery_rack_inlet_temp_celsius{${IN_RACK}}`]: '27x20',
      [`orrery_rack_inlet_temp_threshold_celsius{${IN_RACK},limit="inletRecommended"}`]: '27x20',
    },
    atMinute: 12,
  },
  {
    why: 'lower bound: a host that does not answer',
    kind: 'host',
    alert: 'OrreryReachable',
    series: {
      [`orrery_host_up{${AT_R1},host="a"}`]: '1x5 0x10',
      [`orrery_host_up_threshold{${AT_R1},host="a",limit="reachable"}`]: '1x20',
    },
    atMinute: 9,
    fires: { labels: { ...RACK, host: 'a' }, summary: 'Host or switch not reachable: a' },
  },
  {
    why: 'lower bound: a host that answers',
    kind: 'host',
    alert: 'OrreryReachable',
    series: {
      [`orrery_host_up{${AT_R1},host="a"}`]: '1x20',
      [`orrery_host_up_threshold{${AT_R1},host="a",limit="reachable"}`]: '1x20',
    },
    atMinute: 9,
  },
  {
    why: 'uniform number: one switch blows the other way than the hosts of its rack',
    kind: 'rack',
    alert: 'OrreryAirflowDirection',
    series: {
      [`orrery_host_airflow_direction_code{${AT_R1},host="a"}`]: '0x10',
      [`orrery_tor_airflow_direction_code{${AT_R1},tor="t"}`]: '1x10',
    },
    atMinute: 5,
    fires: { labels: RACK, summary: 'One airflow direction in a rack: r1' },
  },
  {
    why: 'uniform number: racks may differ from each other',
    kind: 'rack',
    alert: 'OrreryAirflowDirection',
    series: {
      [`orrery_host_airflow_direction_code{${AT_R1},host="a"}`]: '0x10',
      'orrery_host_airflow_direction_code{site="s1",hall="h",row="w",rack="r2",host="b"}': '1x10',
    },
    atMinute: 5,
  },
  {
    why: 'uniform text: two drivers on GPUs of one class for a day',
    kind: 'site',
    alert: 'OrreryDriverSkew',
    series: {
      [`orrery_gpu_driver_info{${gpu('a')},class="h100",text="570.1"}`]: '1x1500',
      [`orrery_gpu_driver_info{${gpu('b')},class="h100",text="580.2"}`]: '1x1500',
    },
    atMinute: 1445,
    fires: { labels: { site: 's1', class: 'h100' }, summary: 'One GPU driver: s1' },
  },
  {
    why: 'uniform text: things whose class is not exported are not mixed',
    kind: 'site',
    alert: 'OrreryDriverSkew',
    series: {
      [`orrery_gpu_driver_info{${gpu('a')},text="570.1"}`]: '1x1500',
      [`orrery_gpu_driver_info{${gpu('b')},text="580.2"}`]: '1x1500',
    },
    atMinute: 1445,
  },
  {
    why: 'uniform text: each class may have its own driver',
    kind: 'site',
    alert: 'OrreryDriverSkew',
    series: {
      [`orrery_gpu_driver_info{${gpu('a')},class="a100",text="570.1"}`]: '1x1500',
      [`orrery_gpu_driver_info{${gpu('b')},class="h100",text="580.2"}`]: '1x1500',
    },
    atMinute: 1445,
  },
];

test('promtool takes the rules', { skip }, async () => {
  await inDir({ 'orrery.rules.yml': RULES }, async dir => {
    const { stdout } = await runProgram('promtool', ['check', 'rules', 'orrery.rules.yml'], {
      cwd: dir,
    });
    assert.match(stdout, new RegExp(`SUCCESS: ${ALL.length} rules found`));
  });
});

test('promtool takes the example configuration', { skip }, async () => {
  const files = {
    'orrery.rules.yml': RULES,
    'prometheus.yml': buildFiles().get('prometheus/prometheus.yml') ?? '',
  };
  await inDir(files, async dir => {
    const { stdout } = await runProgram('promtool', ['check', 'config', 'prometheus.yml'], {
      cwd: dir,
    });
    assert.match(stdout, /SUCCESS/);
  });
});

test('rules of every kind of limit fire when they should, and only then', { skip }, async () => {
  const judged = new Set(CASES.map(one => limitOf(one.alert)?.kind));
  const kinds = new Set(LIMITS.map(limit => limit.kind).filter(kind => kind !== 'separation'));
  assert.deepEqual(judged, kinds);
  await inDir(suite(CASES), dir =>
    runProgram('promtool', ['test', 'rules', 'cases.yml'], { cwd: dir }),
  );
});

test('the cases can fail: a case that expects the wrong value is refused', { skip }, async () => {
  const [first] = CASES;
  assert.ok(first.fires);
  const wrong = { ...first, fires: { ...first.fires, summary: 'Rack power: r1 at 46kW' } };
  await assert.rejects(
    inDir(suite([wrong]), dir =>
      runProgram('promtool', ['test', 'rules', 'cases.yml'], { cwd: dir }),
    ),
    /FAILED/,
  );
});

const limitOf = (alert: string) =>
  LIMITS.find(limit => limit.id === ALL.find(rule => rule.alert === alert)?.labels.limit);

/** Files of a promtool unit test. */
function suite(cases: readonly Case[]): Record<string, string> {
  const tests = cases.map(one => ({
    interval: '1m',
    input_series: Object.entries(one.series).map(([series, values]) => ({ series, values })),
    alert_rule_test: [
      { eval_time: `${one.atMinute}m`, alertname: one.alert, exp_alerts: expected(one) },
    ],
  }));
  const content = { rule_files: ['orrery.rules.yml'], evaluation_interval: '1m', tests };
  // only the rules in question: some cases run for a day of minutes
  const rules = ALL.filter(rule => cases.some(one => one.alert === rule.alert));
  return {
    'orrery.rules.yml': stringify({ groups: [{ name: 'g', rules }] }, { lineWidth: 0 }),
    'cases.yml': stringify(content, { lineWidth: 0 }),
  };
}

function expected(one: Case) {
  if (!one.fires) return [];
  const rule = ALL.find(each => each.alert === one.alert && each.labels.kind === one.kind);
  assert.ok(rule, one.alert);
  const { summary, labels } = one.fires;
  return [
    {
      exp_labels: { ...rule.labels, ...labels },
      exp_annotations: { ...rule.annotations, summary },
    },
  ];
}

async function inDir<T>(
  files: Readonly<Record<string, string>>,
  run: (dir: string) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'orrery-rules-'));
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content);
    return await run(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
