/** `histogram_quantile` of classic histograms: buckets by their label `le`, counts cumulative. */
import { filtered, keyOf, labelValue, METRIC_NAME } from '../labels.ts';
import { emptyLine, isEmpty, type Line, type Vector, vectorOf } from '../values.ts';
import { type FunctionRow, type Invocation, linesOf, scalarOf } from './row.ts';

interface Bucket {
  readonly upper: number;
  count: number;
}

async function histogramQuantile({ args, grid, budget }: Invocation): Promise<Vector> {
  const phi = scalarOf(args[0]);
  const out: Line[] = [];
  for (const members of histogramsOf(linesOf(args[1])).values()) {
    const line = emptyLine(
      filtered(members[0].line.labels, name => name !== 'le' && name !== METRIC_NAME),
      grid.count,
    );
    for (let k = 0; k < grid.count; k++) {
      const buckets = members
        .filter(({ line: { has } }) => has[k])
        .map(({ upper, line: { values } }) => ({ upper, count: values[k] }));
      if (buckets.length === 0) continue;
      line.has[k] = 1;
      line.values[k] = bucketQuantile(phi[k], buckets);
    }
    if (!isEmpty(line)) out.push(line);
    await budget.breathe();
  }
  return vectorOf(out);
}

interface BucketLine {
  readonly upper: number;
  readonly line: Line;
}

/** Buckets of one histogram each, ascending; lines without a bound are passed by. */
function histogramsOf(lines: readonly Line[]): Map<string, BucketLine[]> {
  const groups = new Map<string, BucketLine[]>();
  for (const line of lines) {
    const upper = boundOf(labelValue(line.labels, 'le'));
    if (upper === undefined) continue;
    const key = keyOf(filtered(line.labels, name => name !== 'le' && name !== METRIC_NAME));
    const members = groups.get(key);
    if (members) members.push({ upper, line });
    else groups.set(key, [{ upper, line }]);
  }
  for (const members of groups.values()) members.sort((a, b) => a.upper - b.upper || 0);
  return groups;
}

function boundOf(le: string): number | undefined {
  const infinity = /^([+-]?)inf(?:inity)?$/i.exec(le);
  if (infinity) return infinity[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(le) ? Number(le) : undefined;
}

/** @param buckets ascending. Values are taken to be spread evenly within a bucket. */
function bucketQuantile(phi: number, buckets: readonly Bucket[]): number {
  if (Number.isNaN(phi)) return Number.NaN;
  if (phi < 0) return Number.NEGATIVE_INFINITY;
  if (phi > 1) return Number.POSITIVE_INFINITY;
  if (buckets[buckets.length - 1].upper !== Number.POSITIVE_INFINITY) return Number.NaN;
  const joined = cumulative(buckets);
  const last = joined.length - 1;
  const observations = joined[last].count;
  if (last < 1 || observations === 0) return Number.NaN;
  const rank = phi * observations;
  const found = joined.slice(0, last).findIndex(({ count }) => count >= rank);
  if (found < 0) return joined[last - 1].upper;
  const { upper, count } = joined[found];
  if (found === 0 && upper <= 0) return upper;
  const below = found > 0 ? joined[found - 1] : { upper: 0, count: 0 };
  return below.upper + (upper - below.upper) * ((rank - below.count) / (count - below.count));
}

/** Buckets of the same bound as one; a count lower than the one before is raised to it. */
function cumulative(buckets: readonly Bucket[]): Bucket[] {
  const joined: Bucket[] = [];
  for (const { upper, count } of buckets) {
    const last = joined.at(-1);
    if (last?.upper === upper) last.count += count;
    else joined.push({ upper, count });
  }
  for (let i = 1; i < joined.length; i++) {
    if (joined[i].count < joined[i - 1].count) joined[i].count = joined[i - 1].count;
  }
  return joined;
}

export const HISTOGRAMS: readonly FunctionRow[] = [
  {
    name: 'histogram_quantile',
    args: ['scalar', 'instant vector'],
    returns: 'instant vector',
    run: histogramQuantile,
  },
];
