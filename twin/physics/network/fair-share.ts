/** Max-min fair shares of links: what each flow gets when all take as much as they can. */

export interface Flow {
  /** Links on its way, as indices into the capacities; one that is passed twice is named twice. */
  readonly links: readonly number[];
  /** Share beside others on a link they compete for; 1 if absent. */
  readonly weight?: number;
  /** What it could use at most, B/s; without it the links alone limit it. */
  readonly demandBytesPerS?: number;
}

interface FairShares {
  /** By flow. */
  readonly bytesPerS: Float64Array;
  /** The link that limits each flow, or -1 where it gets all it asked for. */
  readonly limitedBy: Int32Array;
  /** By link. */
  readonly usedBytesPerS: Float64Array;
}

/**
 * Weighted max-min fair rates by progressive filling: the level (rate for each unit of weight) of
 * all flows rises until a link is full or a flow has what it asked for; those flows stay there and
 * the others go on. Exact after at most as many rounds as there are links and flows.
 * @param capacityBytesPerS by link, not negative; a link that is down has 0
 * @throws RangeError if a capacity, weight or demand is out of range, a link is unknown, or a flow
 *   has neither links nor a demand
 */
export function fairShares(
  capacityBytesPerS: ArrayLike<number>,
  flows: readonly Flow[],
): FairShares {
  check(capacityBytesPerS, flows);
  const filling = startFilling(capacityBytesPerS, flows);
  while (filling.open.size > 0) fillToNextLevel(filling, flows);
  const usedBytesPerS = new Float64Array(capacityBytesPerS.length);
  flows.forEach((flow, f) => {
    for (const link of flow.links) usedBytesPerS[link] += filling.bytesPerS[f];
  });
  return { bytesPerS: filling.bytesPerS, limitedBy: filling.limitedBy, usedBytesPerS };
}

interface Filling {
  readonly bytesPerS: Float64Array;
  readonly limitedBy: Int32Array;
  /** By link: what flows that stay where they are leave over, and the weight of the others. */
  readonly left: Float64Array;
  readonly weight: Float64Array;
  /** By link: how many passages of open flows are left; weights alone would suffer from rounding. */
  readonly passages: Int32Array;
  readonly flowsOf: readonly (readonly number[])[];
  readonly open: Set<number>;
}

const weightOf = (flow: Flow) => flow.weight ?? 1;

function startFilling(capacity: ArrayLike<number>, flows: readonly Flow[]): Filling {
  const flowsOf: number[][] = Array.from({ length: capacity.length }, () => []);
  const weight = new Float64Array(capacity.length);
  const passages = new Int32Array(capacity.length);
  flows.forEach((flow, f) => {
    for (const link of flow.links) {
      flowsOf[link].push(f);
      weight[link] += weightOf(flow);
      passages[link]++;
    }
  });
  return {
    bytesPerS: new Float64Array(flows.length),
    limitedBy: new Int32Array(flows.length).fill(-1),
    left: Float64Array.from(capacity),
    weight,
    passages,
    flowsOf,
    open: new Set(flows.keys()),
  };
}

/** Raises the level to where the next link or demand is reached, and closes what it concerns. */
function fillToNextLevel(filling: Filling, flows: readonly Flow[]): void {
  let level = Number.POSITIVE_INFINITY;
  let link = -1;
  for (let l = 0; l < filling.left.length; l++) {
    if (filling.passages[l] === 0) continue;
    const full = Math.max(0, filling.left[l]) / filling.weight[l];
    if (full < level) [level, link] = [full, l];
  }
  let content = -1;
  for (const f of filling.open) {
    const asked = (flows[f].demandBytesPerS ?? Number.POSITIVE_INFINITY) / weightOf(flows[f]);
    if (asked <= level) [level, content] = [asked, f];
  }
  if (content >= 0) {
    close(filling, flows, content, { level, link: -1 });
    return;
  }
  for (const f of new Set(filling.flowsOf[link])) {
    if (filling.open.has(f)) close(filling, flows, f, { level, link });
  }
}

function close(
  filling: Filling,
  flows: readonly Flow[],
  f: number,
  at: { readonly level: number; readonly link: number },
): void {
  const flow = flows[f];
  const rate = at.link < 0 ? (flow.demandBytesPerS as number) : at.level * weightOf(flow);
  filling.bytesPerS[f] = rate;
  filling.limitedBy[f] = at.link;
  filling.open.delete(f);
  for (const link of flow.links) {
    filling.left[link] -= rate;
    filling.weight[link] -= weightOf(flow);
    filling.passages[link]--;
  }
}

function check(capacity: ArrayLike<number>, flows: readonly Flow[]): void {
  for (let l = 0; l < capacity.length; l++) {
    if (!(capacity[l] >= 0)) throw new RangeError(`capacity of link ${l} is ${capacity[l]}`);
  }
  flows.forEach((flow, f) => {
    const weight = weightOf(flow);
    if (!(weight > 0 && Number.isFinite(weight))) {
      throw new RangeError(`weight of flow ${f} is ${weight}; it must be positive`);
    }
    const demand = flow.demandBytesPerS;
    if (demand !== undefined && !(demand >= 0)) {
      throw new RangeError(`demandBytesPerS of flow ${f} is ${demand}`);
    }
    for (const link of flow.links) {
      if (!Number.isInteger(link) || link < 0 || link >= capacity.length) {
        throw new RangeError(`flow ${f} passes link ${link} of ${capacity.length}`);
      }
    }
    const isBounded = demand !== undefined || flow.links.some(l => Number.isFinite(capacity[l]));
    if (!isBounded) throw new RangeError(`flow ${f} has neither a finite link nor a demand`);
  });
}
