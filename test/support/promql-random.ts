/** Queries at random, by a grammar. */
import { FOLDS, WINDOWS } from './promql-queries.ts';
import type { Random } from './promql-series.ts';

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)];

const DURATIONS = ['45s', '2m', '5m', '13m', '1h'];
const GROUPINGS = [
  '',
  ' by (rack)',
  ' by (host, code)',
  ' without (host)',
  ' without (code, rack)',
  ' by ()',
];
const MATCHINGS = [
  '',
  ' on (host)',
  ' ignoring (code)',
  ' on (rack, host)',
  ' on (host) group_left',
];

/** A vector expression of the grammar, at most `depth` deep. */
export function randomQuery(random: Random, depth: number): string {
  const inner = () => randomQuery(random, depth - 1);
  if (depth <= 0) return selector(random);
  const dice = random();
  if (dice < 0.12) return selector(random);
  if (dice < 0.34) return `${pick(random, WINDOWS)}(${rangeOf(random, depth)})`;
  if (dice < 0.44) return `${pick(random, ['abs', 'sgn', 'sqrt', 'ln', 'atan'])}(${inner()})`;
  if (dice < 0.64) return `${pick(random, FOLDS)}${pick(random, GROUPINGS)}(${inner()})`;
  if (dice < 0.7) return `${pick(random, ['topk', 'bottomk'])}(2, ${selector(random)})`;
  if (dice < 0.76)
    return `${inner()} ${pick(random, ['+', '*', '/', '-'])} ${1 + Math.floor(random() * 5)}`;
  if (dice < 0.82)
    return `(${inner()} ${pick(random, ['>', '<='])}${pick(random, ['', ' bool'])} 100)`;
  if (dice < 0.92) {
    const op = pick(random, ['+', '-', '*', '/', '>', '<= bool']);
    return `(${inner()} ${op}${pick(random, MATCHINGS)} ${inner()})`;
  }
  return `(${inner()} ${pick(random, ['and', 'or', 'unless'])}${pick(random, ['', ' on (host)'])} ${inner()})`;
}

function selector(random: Random): string {
  const metric = pick(random, ['power', 'temp', 'requests_total', 'delta_t', 'capacity', 'nope']);
  const matchers = pick(random, ['', '', '{rack="rack-a"}', '{host=~"a.|c1"}', '{zone!="north"}']);
  return metric + matchers + pick(random, ['', '', '', ' offset 7m', ' offset -3m']);
}

function rangeOf(random: Random, depth: number): string {
  if (depth > 1 && random() < 0.25) {
    return `(${randomQuery(random, depth - 2)})[${pick(random, DURATIONS)}:${pick(random, ['', '1m', '35s'])}]`;
  }
  const metric = pick(random, ['power', 'temp', 'requests_total', 'delta_t']);
  const offset = pick(random, ['', '', ' offset 4m']);
  return `${metric}${pick(random, ['', '{rack=~"rack-[ab]"}'])}[${pick(random, DURATIONS)}]${offset}`;
}
