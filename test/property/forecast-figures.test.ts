/**
 * The figures of docs/models.md, as diagnostics, with bounds that they must keep:
 * `node --test --test-reporter=spec test/property/forecast-figures.test.ts`.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type Evaluation, evaluate } from '../../twin/forecast/evaluate.ts';
import { SYNTHETIC } from '../support/synthetic-series.ts';

const HORIZON = 24;
const FOLDER = '../shared/data/timeseries';

const row = (name: string, e: Omit<Evaluation, 'models'>, models: Evaluation['models']) => {
  const often = Object.entries(models).toSorted((a, b) => b[1] - a[1])[0][0];
  const figures = [e.ratio.toFixed(2), e.coverage80.toFixed(2), e.coverage95.toFixed(2)];
  return `| ${name} | ${figures.join(' | ')} | ${often} |`;
};

function pooled(runs: readonly Evaluation[]): Evaluation {
  const mean = (of: (run: Evaluation) => number) =>
    runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
  const models: Record<string, number> = {};
  for (const run of runs) {
    for (const [id, count] of Object.entries(run.models)) models[id] = (models[id] ?? 0) + count;
  }
  return {
    instants: runs.reduce((sum, run) => sum + run.instants, 0),
    mae: mean(run => run.mae),
    ratio: mean(run => run.ratio),
    coverage80: mean(run => run.coverage80),
    coverage95: mean(run => run.coverage95),
    width95: mean(run => run.width95),
    models,
  };
}

test('synthetic series: quarter-hours, 5 days, 6 h ahead', t => {
  const options = { stepS: 900, horizonSteps: HORIZON, range: [0, 1e6] as const, instants: 10 };
  for (const [name, make] of Object.entries(SYNTHETIC)) {
    const e = pooled([1, 2, 3].map(seed => evaluate(make(480, seed), options)));
    t.diagnostic(row(name, e, e.models));
    assert.ok(e.ratio <= 1.03, `${name}: worse than the last value by ${e.ratio}`);
    assert.ok(e.coverage95 >= 0.93, `${name}: ${e.coverage95}`);
  }
});

/** Column of a (gzipped) CSV file with a header line, averaged over every `fold` rows. */
function column(file: string, index: number, fold = 1): Float64Array {
  const bytes = readFileSync(`${FOLDER}/${file}`);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  const values = text
    .trim()
    .split('\n')
    .slice(1)
    .map(line => Number(line.split(',')[index]));
  return Float64Array.from({ length: Math.floor(values.length / fold) }, (_, i) => {
    const part = values.slice(i * fold, (i + 1) * fold);
    return part.reduce((sum, value) => sum + value, 0) / fold;
  });
}

const REAL = [
  ['NAB elb_request_count', 'nab/elb_request_count_8c0756.csv.gz', 1, 12],
  ['NAB ec2_cpu_utilization 53ea38', 'nab/ec2_cpu_utilization_53ea38.csv.gz', 1, 12],
  ['NAB rds_cpu_utilization', 'nab/rds_cpu_utilization_cc0c53.csv.gz', 1, 12],
  ['NAB grok_asg_anomaly', 'nab/grok_asg_anomaly.csv.gz', 1, 12],
  ['NAB machine_temperature', 'nab/machine_temperature_system_failure.csv.gz', 1, 12],
  ['NAB nyc_taxi', 'nab/nyc_taxi.csv.gz', 1, 2],
  ['Alibaba cluster CPU', 'dc-load-hourly/Alibaba_CPU_Data_Hourly_1.csv.gz', 1, 1],
  ['Google cluster CPU', 'dc-load-hourly/GoogleClusteData_CPU_Data_Hourly_1.csv.gz', 1, 1],
  ['UK demand (Taylor), half-hours', 'misc/taylor-halfhourly-demand.csv', 0, 1],
] as const;

const skip = existsSync(FOLDER) ? false : `no ${FOLDER}: the real series are not here`;

test('real series: hourly means, 24 h ahead', { skip }, t => {
  const runs = REAL.map(([name, file, index, fold]) => {
    const stepS = file.startsWith('misc') ? 1800 : 3600;
    const options = { stepS, horizonSteps: HORIZON, range: [0, 1e12] as const, instants: 24 };
    const e = evaluate(column(file, index, fold).subarray(0, 3000), options);
    t.diagnostic(row(name, e, e.models));
    return e;
  });
  const geometric = Math.exp(runs.reduce((sum, e) => sum + Math.log(e.ratio), 0) / runs.length);
  const { coverage80, coverage95 } = pooled(runs);
  const all = { ...pooled(runs), ratio: geometric };
  t.diagnostic(row('all (ratio: geometric mean)', all, { '': 1 }));
  assert.ok(geometric < 0.85, `error over the last value's: ${geometric}`);
  assert.ok(coverage95 > 0.92 && coverage80 > 0.74, `covered ${coverage80}, ${coverage95}`);
});
