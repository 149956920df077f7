/** Queries to compare answers by: each feature once. */

export const WINDOWS = [
  ...['rate', 'increase', 'delta', 'irate', 'idelta', 'deriv', 'changes', 'resets'],
  ...['avg', 'min', 'max', 'sum', 'count', 'last', 'stddev', 'stdvar', 'present'].map(
    name => `${name}_over_time`,
  ),
];
const MAPS = [
  ...['abs', 'ceil', 'floor', 'round', 'sqrt', 'exp', 'ln', 'log2', 'log10', 'sgn'],
  ...['sin', 'cos', 'atan', 'sinh', 'deg', 'rad'],
  ...[
    'minute',
    'hour',
    'day_of_week',
    'day_of_month',
    'day_of_year',
    'days_in_month',
    'month',
    'year',
  ],
];
export const FOLDS = ['sum', 'min', 'max', 'avg', 'count', 'group', 'stddev', 'stdvar'];
const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='];
const ARITHMETIC = ['+', '-', '*', '/', '%', '^', 'atan2'];

export const HAND_WRITTEN: readonly string[] = [
  ...[
    '1',
    '-1',
    '1 + 2 * 3 ^ 2 ^ 0.5',
    '-1 ^ 2',
    '0x1f',
    '1e3',
    'Inf',
    '-inf',
    'NaN',
    '.5',
    '5 % -3',
  ],
  ...[
    '1 > bool 2',
    '2 > bool 1',
    '1 / 0',
    '"a text"',
    "'it''s'",
    '`raw\\n`',
    '"\\u00e4\\x41\\101"',
  ],
  ...[
    'time()',
    'pi()',
    'vector(1)',
    'vector(time()) % 7',
    'scalar(power{host="a1"})',
    'scalar(power)',
  ],
  ...[
    'power',
    'temp',
    'temp{host="a1"}',
    'temp{host!="a1"}',
    'temp{host=~"a.*"}',
    'temp{host!~"a.|b1"}',
  ],
  ...['{__name__=~"power|temp",rack="rack-a"}', '{host="a1"}', 'power{nope=""}', 'power{nope="x"}'],
  ...[
    'power{nope!=""}',
    'power{host=~".+"}',
    'power{host=~""}',
    'power{host=~"A1"}',
    'power{host=~"(?i)A1"}',
  ],
  ...[
    'power{host=~"[ab][12]"}',
    'power{host=~"a\\\\d"}',
    'power{host=~"a|b1"}',
    'nothing_here',
    'nope{a="b"}',
  ],
  ...[
    'host_info{odd=~"ä .*"}',
    'host_info{odd=~"(?s)ä .*"}',
    'host_info{odd="ä \\"quoted\\" \\\\ \\n"}',
  ],
  ...[
    'power offset 5m',
    'power offset -5m',
    'temp offset 1h30m',
    'rate(requests_total[5m] offset 10m)',
  ],
  ...['power @ 1772361000', 'power @ start()', 'power @ end()', 'power @ end() offset 10m'],
  ...['power offset 10m @ end()', 'rate(requests_total[5m] @ 1772361000)', 'sum(power @ end())'],
  ...['max_over_time(power[10m:1m] @ end())', 'deriv(power[10m] @ 1772361000)'],
  ...['topk(1, power @ end())', 'timestamp(power @ 1772361000)', 'power - power @ start()'],
  ...['temp[5m]', 'requests_total{code="500"}[2m]', 'power[5m] offset 1m', '(power[5m])'],
  ...[
    'power[10m:1m]',
    'power[10m:]',
    'sum(power)[10m:3m]',
    'rate(requests_total[5m])[10m:30s] offset 5m',
  ],
  ...WINDOWS.flatMap(name => [
    ...['power', 'temp', 'requests_total', 'delta_t'].map(metric => `${name}(${metric}[5m])`),
    `${name}(power[37s])`,
    `${name}(temp[20m:45s])`,
    `sum by (rack) (${name}(requests_total[10m]))`,
  ]),
  ...[
    'predict_linear(power[10m], 3600)',
    'predict_linear(temp[10m], -60)',
    'quantile_over_time(0.9, temp[10m])',
  ],
  ...[
    'quantile_over_time(-1, power[5m])',
    'quantile_over_time(2, power[5m])',
    'quantile_over_time(NaN, power[5m])',
  ],
  ...[
    'quantile_over_time(scalar(delta_t{host="c1"}) / 10, power[5m])',
    'absent_over_time(nope{a="b"}[5m])',
  ],
  ...[
    'absent_over_time(temp{host="a1"}[1m])',
    'absent(nope{a="b",c=~"d"})',
    'absent(power)',
    'absent(sum(nope))',
  ],
  ...[
    'absent(temp{host="a1"} > 20)',
    'absent_over_time(sum(nope)[5m:])',
    'absent(nope{a="b",a="c"})',
  ],
  ...MAPS.flatMap(name => [`${name}(power)`, `${name}(delta_t)`]),
  ...[
    'minute()',
    'hour()',
    'year()',
    'day_of_week()',
    'days_in_month()',
    'month(vector(951782400))',
  ],
  ...[
    'round(power, 10)',
    'round(delta_t, 0.1)',
    'clamp(power, 200, 220)',
    'clamp(power, 220, 200)',
  ],
  ...['clamp_min(delta_t, 0)', 'clamp_max(delta_t, 0)', 'clamp_min(temp, scalar(temp{host="a1"}))'],
  ...[
    'timestamp(power)',
    'timestamp(power + 1)',
    'timestamp(temp offset 1m)',
    'timestamp((power))',
  ],
  ...['sort(power)', 'sort_desc(temp)', 'sort(delta_t > 0)'],
  ...FOLDS.flatMap(op => [
    ...[
      `${op}(power)`,
      `${op}(temp)`,
      `${op} by (rack) (temp)`,
      `${op} without (host, zone) (power)`,
    ],
    ...[`${op}(requests_total) by (code, nope)`, `${op} by () (power)`, `${op} without () (power)`],
    `${op}(nope)`,
  ]),
  ...[
    'topk(2, power)',
    'bottomk(2, power)',
    'topk(1, power) by (rack)',
    'bottomk by (zone) (1, delta_t)',
  ],
  ...[
    'topk(0, power)',
    'topk(-1, power)',
    'topk(100, delta_t)',
    'topk(1.9, power)',
    'topk(2, temp)',
  ],
  ...[
    'bottomk(3, temp)',
    'topk(scalar(count(power)) - 3, power)',
    'topk(NaN, power)',
    'topk(Inf, power)',
  ],
  ...[
    'quantile(0.5, power)',
    'quantile by (rack) (0.25, temp)',
    'quantile(-0.1, power)',
    'quantile(1.1, power)',
  ],
  ...['count_values("value", host_info)', 'count_values("value", round(power, 100))'],
  ...[
    'count_values by (zone) ("v", floor(delta_t))',
    'count_values without (host) ("host", floor(delta_t))',
  ],
  ...[
    'count_values("v", power * 1e20)',
    'count_values("v", power / 1e9)',
    'count_values("bad-name", power)',
  ],
  ...COMPARISONS.flatMap(op => [
    ...[`power ${op} 210`, `210 ${op} power`, `power ${op}bool 210`, `210 ${op} bool power`],
    ...[`power ${op} temp`, `power ${op} bool on (host) temp`, `power ${op} power offset 1m`],
  ]),
  ...ARITHMETIC.flatMap(op => [
    ...[`delta_t ${op} 3`, `3 ${op} delta_t`, `power ${op} delta_t`, `power ${op} on (host) temp`],
    ...[`1.5 ${op} 2`, `power ${op} ignoring (zone) temp`],
  ]),
  ...[
    'requests_total / on (host) group_left power',
    'power * on (host) group_right requests_total',
  ],
  ...['requests_total / ignoring (code) group_left power', 'power * on (rack) group_left capacity'],
  ...[
    'power * on (host) group_left (model) host_info',
    'host_info * on (host) group_right (model) power',
  ],
  ...['power * on (host) group_left (model, zone) host_info', 'power / on (rack) capacity'],
  ...[
    'power + on (zone) power',
    'power + on (zone) group_left power',
    'capacity + on (rack) power',
  ],
  ...[
    'requests_total > on (host) group_left power',
    'power > bool on (host) group_right requests_total',
  ],
  ...[
    'power and temp',
    'power and on (host) temp{rack="rack-a"}',
    'power or temp',
    'temp or power',
  ],
  ...[
    'power unless on (rack) capacity > 5100',
    'power or on (rack) capacity',
    'power and ignoring (host) temp',
  ],
  ...['power or vector(0)', 'nope or vector(0)', 'power unless power', 'power and on () vector(1)'],
  ...[
    'power > 210 or temp > 21 and delta_t',
    '(power > 210 or temp) unless delta_t',
    'power + power * 2',
  ],
  ...[
    'power - power',
    'power == power',
    '-power',
    '+power',
    '-sum(power)',
    '- - power',
    '-{__name__=~"power|temp"}',
  ],
  ...['-temp ^ 2', 'abs({__name__=~"power|temp"})', 'rate({__name__=~"power|requests_total"}[5m])'],
  ...[
    '{__name__=~"power|temp"} + 1',
    '{__name__=~"power|temp"} > 210',
    'last_over_time({__name__=~"power|temp"}[5m])',
  ],
  ...[
    'sum({__name__=~".+",host="a1"})',
    'count by (__name__) ({host="a1"})',
    'sum by (__name__, rack) (power)',
  ],
  ...[
    'label_replace(power, "new", "$1-x", "host", "(.)(.)")',
    'label_replace(power, "host", "", "host", ".*")',
  ],
  ...[
    `label_replace(power, "new", "\${2}$1", "host", "(.)(.)")`,
    'label_replace(power, "n", "x", "nope", "")',
  ],
  ...[
    'label_replace(power, "n", "$1", "host", "a(.)")',
    'label_replace(power, "host", "same", "", "")',
  ],
  ...[
    'label_replace(power, "n", "$name$$", "host", "(?P<name>.).")',
    'label_replace(power, "n", "$3", "host", "(.)(.)")',
  ],
  ...[
    'label_replace(power, "bad-name", "x", "host", ".*")',
    'label_replace(power, "n", "x", "host", "(")',
  ],
  ...[
    'label_replace(power, "__name__", "watts", "host", ".*")',
    'label_join(power, "j", "-", "rack", "host")',
  ],
  ...[
    'label_join(power, "host", ",")',
    'label_join(power, "j", "", "nope")',
    'label_join(power, "rack", "/", "zone", "rack")',
  ],
  ...[
    'histogram_quantile(0.9, latency_bucket)',
    'histogram_quantile(0.5, rate(latency_bucket[5m]))',
  ],
  ...[
    'histogram_quantile(0.99, sum by (le) (rate(latency_bucket[10m])))',
    'histogram_quantile(2, latency_bucket)',
  ],
  ...[
    'histogram_quantile(-1, latency_bucket)',
    'histogram_quantile(0.5, latency_bucket{le!="+Inf"})',
  ],
  ...['histogram_quantile(0.5, power)', 'histogram_quantile(0.5, sum(latency_bucket))'],
  ...[
    'max_over_time(rate(requests_total[2m])[10m:1m])',
    'avg_over_time(sum by (rack) (power)[10m:30s])',
  ],
  ...[
    'rate(sum(requests_total)[10m:15s])',
    'sum_over_time((power > 200)[5m:15s])',
    'increase(requests_total[1h])',
  ],
  ...[
    'min_over_time(time()[5m:1m])',
    'sum_over_time(vector(1)[10m:1m] offset -5m)',
    'deriv(power[10m] offset 5m)',
  ],
  ...[
    'sum(rate(requests_total{code="500"}[5m])) / sum(rate(requests_total[5m]))',
    'sum(power) by (rack) / on (rack) capacity',
  ],
  ...[
    'avg(power) + stddev(power) > bool 0',
    '100 * (1 - avg by (rack) (temp / 100))',
    'scalar(sum(power)) * power',
  ],
  ...[
    'SUM BY (rack) (power)',
    'sum(power) # a comment',
    'power\n  + # here\n  power',
    '((power))',
    'power{host="a1",}',
  ],
];
