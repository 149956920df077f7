/** Queues in front of several servers: exact for exponential service, approximate for the rest. */

interface MmcResult {
  /** Probability that an arrival has to wait (Erlang C); 1 where the queue grows without end. */
  readonly waitProbability: number;
  /** Probability that an arrival would be turned away if nobody could wait (Erlang B). */
  readonly blockProbability: number;
  readonly isStable: boolean;
}

/**
 * Erlang's formulas for `servers` and an offered load of `arrivals x service time`. Erlang B by its
 * recursion, which neither overflows nor cancels: exact to rounding for millions of servers.
 * @throws RangeError if servers is not a whole number from 1, or the load is negative
 */
export function erlang(servers: number, offeredErlangs: number): MmcResult {
  if (!(Number.isInteger(servers) && servers >= 1)) throw new RangeError(`servers: ${servers}`);
  if (!(offeredErlangs >= 0 && Number.isFinite(offeredErlangs))) {
    throw new RangeError(`offeredErlangs: ${offeredErlangs}`);
  }
  let block = 1;
  for (let k = 1; k <= servers; k++) {
    block = (offeredErlangs * block) / (k + offeredErlangs * block);
  }
  if (offeredErlangs >= servers) {
    return { waitProbability: 1, blockProbability: block, isStable: false };
  }
  const useRatio = offeredErlangs / servers;
  const waitProbability = block / (1 - useRatio * (1 - block));
  return { waitProbability, blockProbability: block, isStable: true };
}

interface QueueLoad {
  readonly servers: number;
  readonly arrivalPerS: number;
  /** Mean. */
  readonly serviceS: number;
  /** Standard deviation over mean, of the times between arrivals and of service; 1 if absent. */
  readonly arrivalCv?: number;
  readonly serviceCv?: number;
}

/**
 * Mean wait, s, by Allen and Cunneen: the wait of M/M/c times `(Ca^2 + Cs^2) / 2`. Exact for M/M/c
 * and M/G/1; within a few percent in heavy traffic. Infinite where the load exceeds the servers.
 * @throws RangeError if a figure is negative
 */
export function meanWaitS(load: QueueLoad): number {
  const { servers, arrivalPerS, serviceS, arrivalCv = 1, serviceCv = 1 } = load;
  for (const [name, value] of Object.entries({ arrivalPerS, serviceS, arrivalCv, serviceCv })) {
    if (!(value >= 0 && Number.isFinite(value))) throw new RangeError(`${name}: ${value}`);
  }
  const offered = arrivalPerS * serviceS;
  const { waitProbability, isStable } = erlang(servers, offered);
  if (!isStable) return Number.POSITIVE_INFINITY;
  const exponentialS = (waitProbability * serviceS) / (servers - offered);
  return (exponentialS * (arrivalCv ** 2 + serviceCv ** 2)) / 2;
}

/**
 * Probability that wait and service together take longer than `withinS`, for M/M/c, first come first
 * served. 1 where the queue grows without end.
 * @throws RangeError as `erlang`
 */
export function lateProbability(load: QueueLoad, withinS: number): number {
  const { servers, arrivalPerS, serviceS } = load;
  const offered = arrivalPerS * serviceS;
  const { waitProbability, isStable } = erlang(servers, offered);
  if (!isStable) return 1;
  if (serviceS === 0) return 0;
  const t = withinS / serviceS;
  // Rates in units of the service rate: waits end at `spare`, service at 1.
  const spare = servers - offered;
  const gap = spare - 1;
  const both = Math.abs(gap) < 1e-9 ? t : -Math.expm1(-gap * t) / gap;
  const late = Math.exp(-t) * (1 + waitProbability * both);
  return Math.min(1, Math.max(0, late));
}

/**
 * The fewest servers of M/M/c with which all but `lateShare` of the requests are answered in time.
 * @returns undefined where no number of servers suffices, because service alone takes too long
 * @throws RangeError if the share is not between 0 and 1
 */
export function serversFor(
  load: Omit<QueueLoad, 'servers'>,
  within: { readonly withinS: number; readonly lateShare: number },
): number | undefined {
  const { withinS, lateShare } = within;
  if (!(lateShare > 0 && lateShare < 1)) throw new RangeError(`lateShare: ${lateShare}, not 0-1`);
  if (load.serviceS > 0 && Math.exp(-withinS / load.serviceS) >= lateShare) return undefined;
  const isEnough = (servers: number) => lateProbability({ ...load, servers }, withinS) <= lateShare;
  let low = Math.max(1, Math.floor(load.arrivalPerS * load.serviceS));
  if (isEnough(low)) return low;
  let high = low + 1;
  while (!isEnough(high)) [low, high] = [high, 2 * high];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * Share of requests that find their replica unloaded, for Poisson arrivals at one replica that is
 * unloaded after `idleTimeoutS` without a request: `exp(-arrivals x timeout)`.
 * @throws RangeError if a figure is negative
 */
export function coldShare(arrivalPerS: number, idleTimeoutS: number): number {
  if (!(arrivalPerS >= 0)) throw new RangeError(`arrivalPerS: ${arrivalPerS}`);
  if (!(idleTimeoutS >= 0)) throw new RangeError(`idleTimeoutS: ${idleTimeoutS}`);
  if (arrivalPerS === 0 || idleTimeoutS === 0) return 1;
  return Math.exp(-arrivalPerS * idleTimeoutS);
}
