/** Every function on a handful of samples whose answers can be worked out by hand. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { createEngine } from '../../server/promql/engine.ts';
import { FUNCTIONS } from '../../server/promql/functions/index.ts';
import { labelsText } from '../../server/promql/labels.ts';
import { parseQuery } from '../../server/promql/parse.ts';
import { memorySeries, type TestSeries } from '../support/memory-series.ts';

/** Sunday, 2026-03-01 12:30:00 UTC. */
const NOW_MS = Date.UTC(2026, 2, 1, 12, 30);

/** One sample a minute, the last one now. */
const series = (
  name: string,
  labels: Record<string, string>,
  values: readonly (number | 'stale')[],
): TestSeries => ({
  ...{ name, labels },
  samples: values.map((value, i) => ({ atMs: NOW_MS - (values.length - 1 - i) * 60_000, value })),
});

const STORE = memorySeries([
  series('up', { host: 'a' }, [1, 2, 3, 4, 5]),
  series('total', { host: 'a' }, [10, 20, 5, 15, 25]),
  series('v', { host: 'a', rack: 'k1' }, [4, -2.5, 4, 9]),
  series('v', { host: 'b', rack: 'k1' }, [1, 1, 2, 0.25]),
  series('one', { host: 'a' }, [0.5]),
  series('ended', { host: 'a' }, [1, 2, 'stale']),
  ...[2, 6, 10].map((count, i) => series('h', { le: ['1', '2', '+Inf'][i] }, [count])),
]);

const engine = createEngine({
  ...{ store: STORE, timeoutMs: 5000, maxPoints: 11_000, maxConcurrent: 2 },
  ...{ maxSeries: 1000, maxSamples: 1_000_000 },
});

async function answer(query: string): Promise<Record<string, number> | number | string> {
  const result = await engine.instant(parseQuery(query), NOW_MS);
  if (result.resultType === 'scalar') return result.value;
  if (result.resultType === 'string') return result.text;
  return Object.fromEntries(
    result.series.map(each => [labelsText(each.labels), each.values.at(-1)!]),
  );
}

const A = '{host="a"}';
const VA = '{host="a", rack="k1"}';
const VB = '{host="b", rack="k1"}';

const CASES: Readonly<Record<string, readonly (readonly [string, unknown])[]>> = {
  rate: [
    ['rate(up[4m])', { [A]: 4 / 240 }],
    ['rate(total[4m])', { [A]: 35 / 240 }],
  ],
  increase: [
    ['increase(up[4m])', { [A]: 4 }],
    ['increase(total[4m])', { [A]: 35 }],
  ],
  delta: [
    ['delta(total[4m])', { [A]: 15 }],
    ['delta(one[4m])', {}],
  ],
  irate: [['irate(total[4m])', { [A]: 10 / 60 }]],
  idelta: [['idelta(v[4m])', { [VA]: 5, [VB]: -1.75 }]],
  deriv: [['deriv(up[4m])', { [A]: 1 / 60 }]],
  predict_linear: [['predict_linear(up[4m], 120)', { [A]: 7 }]],
  avg_over_time: [
    ['avg_over_time(up[4m])', { [A]: 3 }],
    ['avg_over_time(up[1m])', { [A]: 4.5 }],
  ],
  min_over_time: [['min_over_time(v[4m])', { [VA]: -2.5, [VB]: 0.25 }]],
  max_over_time: [['max_over_time(v[1m])', { [VA]: 9, [VB]: 2 }]],
  sum_over_time: [
    ['sum_over_time(up[4m])', { [A]: 15 }],
    ['sum_over_time(ended[4m])', { [A]: 3 }],
  ],
  count_over_time: [['count_over_time(up[2m])', { [A]: 3 }]],
  last_over_time: [['last_over_time(ended[4m])', { 'ended{host="a"}': 2 }]],
  stddev_over_time: [['stddev_over_time(up[4m])', { [A]: Math.SQRT2 }]],
  stdvar_over_time: [['stdvar_over_time(up[4m])', { [A]: 2 }]],
  present_over_time: [['present_over_time(v{host="b"}[1m])', { [VB]: 1 }]],
  quantile_over_time: [['quantile_over_time(0.25, up[4m])', { [A]: 2 }]],
  changes: [['changes(v[4m])', { [VA]: 3, [VB]: 2 }]],
  resets: [['resets(total[4m])', { [A]: 1 }]],
  absent_over_time: [
    ['absent_over_time(nope{a="b"}[4m])', { '{a="b"}': 1 }],
    ['absent_over_time(up[4m])', {}],
  ],
  abs: [['abs(-v)', { [VA]: 9, [VB]: 0.25 }]],
  ceil: [['ceil(v)', { [VA]: 9, [VB]: 1 }]],
  floor: [['floor(v)', { [VA]: 9, [VB]: 0 }]],
  round: [
    ['round(v)', { [VA]: 9, [VB]: 0 }],
    ['round(v, 0.1)', { [VA]: 9, [VB]: 0.3 }],
  ],
  sqrt: [['sqrt(v)', { [VA]: 3, [VB]: 0.5 }]],
  exp: [['exp(one * 0)', { [A]: 1 }]],
  ln: [['ln(one * 2)', { [A]: 0 }]],
  log2: [['log2(one)', { [A]: -1 }]],
  log10: [['log10(one * 200)', { [A]: 2 }]],
  sgn: [
    ['sgn(-v)', { [VA]: -1, [VB]: -1 }],
    ['sgn(one * 0)', { [A]: 0 }],
  ],
  clamp: [
    ['clamp(v, 1, 5)', { [VA]: 5, [VB]: 1 }],
    ['clamp(v, 5, 1)', {}],
  ],
  clamp_min: [['clamp_min(v, 1)', { [VA]: 9, [VB]: 1 }]],
  clamp_max: [['clamp_max(v, 1)', { [VA]: 1, [VB]: 0.25 }]],
  sin: [['sin(one * 0)', { [A]: 0 }]],
  cos: [['cos(one * 0)', { [A]: 1 }]],
  tan: [['tan(one * 0)', { [A]: 0 }]],
  asin: [['asin(one * 2)', { [A]: Math.PI / 2 }]],
  acos: [['acos(one * 2)', { [A]: 0 }]],
  atan: [['atan(one * 2)', { [A]: Math.PI / 4 }]],
  sinh: [['sinh(one * 0)', { [A]: 0 }]],
  cosh: [['cosh(one * 0)', { [A]: 1 }]],
  tanh: [['tanh(one * 0)', { [A]: 0 }]],
  asinh: [['asinh(one * 0)', { [A]: 0 }]],
  acosh: [['acosh(one * 2)', { [A]: 0 }]],
  atanh: [['atanh(one * 0)', { [A]: 0 }]],
  deg: [['deg(one * 2 * pi())', { [A]: 180 }]],
  rad: [['rad(one * 360)', { [A]: Math.PI }]],
  pi: [['pi()', Math.PI]],
  time: [['time()', NOW_MS / 1000]],
  minute: [['minute()', { '{}': 30 }]],
  hour: [
    ['hour()', { '{}': 12 }],
    ['hour(vector(3600))', { '{}': 1 }],
  ],
  day_of_week: [['day_of_week()', { '{}': 0 }]],
  day_of_month: [['day_of_month()', { '{}': 1 }]],
  day_of_year: [['day_of_year()', { '{}': 60 }]],
  days_in_month: [
    ['days_in_month()', { '{}': 31 }],
    ['days_in_month(vector(951782400))', { '{}': 29 }],
  ],
  month: [['month()', { '{}': 3 }]],
  year: [['year()', { '{}': 2026 }]],
  scalar: [
    ['scalar(one)', 0.5],
    ['scalar(v)', Number.NaN],
    ['scalar(nope)', Number.NaN],
  ],
  vector: [['vector(7)', { '{}': 7 }]],
  timestamp: [
    ['timestamp(up)', { [A]: NOW_MS / 1000 }],
    ['timestamp(up offset 90s)', { [A]: NOW_MS / 1000 - 120 }],
    ['timestamp(up + 0)', { [A]: NOW_MS / 1000 }],
  ],
  absent: [
    ['absent(nope{a="b",c!="d"})', { '{a="b"}': 1 }],
    ['absent(up)', {}],
    ['absent(ended)', { '{}': 1 }],
  ],
  sort: [['sort(v)', { 'v{host="b", rack="k1"}': 0.25, 'v{host="a", rack="k1"}': 9 }]],
  sort_desc: [['sort_desc(v)', { 'v{host="a", rack="k1"}': 9, 'v{host="b", rack="k1"}': 0.25 }]],
  label_replace: [
    [`label_replace(one, "n", "$1!\${1}", "host", "(.)")`, { 'one{host="a", n="a!a"}': 0.5 }],
    ['label_replace(one, "n", "x", "host", "b")', { 'one{host="a"}': 0.5 }],
  ],
  label_join: [
    [
      'label_join(v{host="b"}, "at", "/", "rack", "host")',
      { 'v{at="k1/b", host="b", rack="k1"}': 0.25 },
    ],
  ],
  histogram_quantile: [
    ['histogram_quantile(0.5, h)', { '{}': 1.75 }],
    ['histogram_quantile(0.1, h)', { '{}': 0.5 }],
    ['histogram_quantile(0.9, h)', { '{}': 2 }],
  ],
};

test('no function is without a case', () => {
  assert.deepEqual(
    [...FUNCTIONS.keys()].filter(name => !CASES[name]),
    [],
  );
  assert.deepEqual(
    Object.keys(CASES).filter(name => !FUNCTIONS.has(name)),
    [],
  );
});

for (const [query, wanted] of Object.values(CASES).flat()) {
  test(query, async () => {
    const got = await answer(query);
    if (typeof wanted !== 'object' || typeof got !== 'object') return assert.deepEqual(got, wanted);
    const expected = Object.entries(wanted as Record<string, number>);
    assert.deepEqual(
      Object.keys(got),
      expected.map(([labels]) => labels),
    );
    for (const [labels, value] of expected) {
      assert.ok(
        Math.abs(got[labels] - value) <= 1e-12 * Math.abs(value),
        `${got[labels]}, not ${value}`,
      );
    }
  });
}
