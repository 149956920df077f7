/** Aggregations that need all values of a step at once: `topk`, `bottomk`, `quantile`. */
import type { Budget } from '../budget.ts';
import { NO_LABELS } from '../labels.ts';
import { failed } from '../query-error.ts';
import { quantileOf, sortValues } from '../sums.ts';
import { emptyLine, isEmpty, type Line } from '../values.ts';

/** One group's lines, and the parameter at each step. */
interface Ranking {
  readonly lines: readonly Line[];
  readonly param: Float64Array;
  readonly budget: Budget;
}

/** Line numbers, and which of two is worse. */
interface Heap {
  readonly items: number[];
  isWorse(a: number, b: number): boolean;
}

/** @param sign 1: the largest first. NaN is behind everything else. */
export async function bestOf({ lines, param, budget }: Ranking, sign: 1 | -1): Promise<Line[]> {
  const count = param.length;
  const out = lines.map(({ labels, values }) => ({ labels, values, has: new Uint8Array(count) }));
  let best: number[] = [];
  for (let k = 0; k < count; k++) {
    const isWorse = (a: number, b: number) => {
      const [x, y] = [lines[a].values[k], lines[b].values[k]];
      return Number.isNaN(x) || sign * x < sign * y;
    };
    best = bestAt(lines, k, Math.trunc(param[k]), isWorse);
    for (const i of best) out[i].has[k] = 1;
    await budget.breathe();
  }
  // Of one instant they are given in the order of their rank.
  return count === 1 ? best.map(i => out[i]) : out.filter(line => !isEmpty(line));
}

/** The worst of the best is at hand. Of equals those stay that stay in Prometheus 2. */
function bestAt(lines: readonly Line[], k: number, many: number, isWorse: Heap['isWorse']) {
  const heap: Heap = { items: [], isWorse };
  for (let i = 0; i < lines.length && many > 0; i++) {
    if (!lines[i].has[k]) continue;
    if (heap.items.length === many) {
      if (!isWorse(heap.items[0], i)) continue;
      dropWorst(heap);
    }
    heap.items.push(i);
    rise(heap);
  }
  return heap.items.sort((a, b) => Number(isWorse(a, b)) - Number(isWorse(b, a)));
}

function rise({ items, isWorse }: Heap): void {
  for (let at = items.length - 1; at > 0; ) {
    const parent = (at - 1) >> 1;
    if (!isWorse(items[at], items[parent])) return;
    [items[at], items[parent]] = [items[parent], items[at]];
    at = parent;
  }
}

function dropWorst({ items, isWorse }: Heap): void {
  items[0] = items[items.length - 1];
  items.pop();
  for (let at = 0; 2 * at + 1 < items.length; ) {
    const left = 2 * at + 1;
    const right = left + 1;
    const child = right < items.length && isWorse(items[right], items[left]) ? right : left;
    if (!isWorse(items[child], items[at])) return;
    [items[at], items[child]] = [items[child], items[at]];
    at = child;
  }
}

const INT64_END = 2 ** 63;

/** @throws QueryError `execution` for a count that is none. */
export function checkCounts(param: Float64Array): void {
  for (const value of param) {
    if (!(value >= -INT64_END && value <= INT64_END)) {
      throw failed(`Scalar value ${value} overflows int64`);
    }
  }
}

export async function quantileLine({ lines, param, budget }: Ranking): Promise<Line> {
  const out = emptyLine(NO_LABELS, param.length);
  const room = new Float64Array(lines.length);
  for (let k = 0; k < param.length; k++) {
    let many = 0;
    for (const { values, has } of lines) if (has[k]) room[many++] = values[k];
    if (many === 0) continue;
    out.values[k] = quantileOf(sortValues(room.subarray(0, many)), param[k]);
    out.has[k] = 1;
    await budget.breathe();
  }
  return out;
}
