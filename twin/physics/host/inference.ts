/**
 * An inference service request by request: replicas that batch, wake up cold, prefill and decode.
 * Simulated, because the tail of the sum of several layers is not the sum of their tails, nor mean
 * and two standard deviations (about P97.7).
 */
import { INFERENCE } from '../../tables/physics/host.ts';
import { exponential, seededRandom, standardNormal } from '../random.ts';

export interface InferenceService {
  readonly replicas: number;
  readonly arrivalPerS: number;
  /** Requests that a replica takes at once at most. */
  readonly batchMax: number;
  /** Prefill of one request; a batch takes them in turn, s. */
  readonly prefillS: number;
  /** One token for every request of the batch: `decodeBaseS + batch x decodeEachS`, s. */
  readonly decodeBaseS: number;
  readonly decodeEachS: number;
  /** Mean of a geometric number of tokens, or exact. */
  readonly outputTokens: number;
  readonly isOutputExact?: boolean;
  /** Loading of a replica that was unloaded, s; 0 if absent. */
  readonly coldStartS?: number;
  /** A replica is unloaded after this long without a request; never if absent. */
  readonly idleTimeoutS?: number;
  /** Way to the service and back: median, and spread of its logarithm. */
  readonly networkMedianS?: number;
  readonly networkSpread?: number;
}

type InferenceLayer = 'network' | 'queue' | 'coldStart' | 'prefill' | 'decode';
export const INFERENCE_LAYERS: readonly InferenceLayer[] = [
  'network',
  'queue',
  'coldStart',
  'prefill',
  'decode',
];

export interface InferenceLatency {
  readonly requests: number;
  readonly meanS: number;
  readonly p50S: number;
  readonly p99S: number;
  /** Mean of each layer, s. */
  readonly meanByLayerS: Readonly<Record<InferenceLayer, number>>;
  /** 99th percentile of each layer by itself, s; these do not add up. */
  readonly p99ByLayerS: Readonly<Record<InferenceLayer, number>>;
  /** What the requests about the 99th percentile spent in each layer, s; these add up to it. */
  readonly atP99ByLayerS: Readonly<Record<InferenceLayer, number>>;
  readonly meanBatch: number;
  readonly coldShare: number;
  /** Part of the time that replicas work. */
  readonly busyRatio: number;
}

export interface SimulationOptions {
  readonly seed: number;
  /** Counted after the first tenth, which is left out while queues fill; 20,000 if absent. */
  readonly requests?: number;
}

/** Requests ranked from P98.5 to P99.5 stand for the 99th percentile. */
const AROUND_P99 = [0.985, 0.995] as const;

/**
 * Latency of Poisson requests, first come first served: a free replica takes what waits, at most a
 * full batch, and gives all of it back when the longest answer is done. Same seed, same result.
 * @throws RangeError if a figure is out of range, or the service cannot keep up with its requests
 */
export function simulateInference(
  service: InferenceService,
  { seed, requests = 20_000 }: SimulationOptions,
): InferenceLatency {
  checkService(service, requests);
  const warmUp = Math.ceil(requests / 10);
  const run = runService(service, requests + warmUp, seededRandom(seed));
  return summarise(run, warmUp);
}

interface Run {
  /** By request, in the order of arrival. */
  readonly layers: Readonly<Record<InferenceLayer, Float64Array>>;
  readonly batches: number;
  readonly coldBatches: number;
  readonly busyRatio: number;
}

interface Replica {
  freeAtS: number;
}

function runService(service: InferenceService, count: number, random: () => number): Run {
  // All chance is drawn by request and in one order, so that variants meet the same requests.
  const arrivals = arrivalTimes(service.arrivalPerS, count, random);
  const tokens = Float64Array.from({ length: count }, () => outputTokens(service, random));
  const layers = Object.fromEntries(
    INFERENCE_LAYERS.map(layer => [layer, new Float64Array(count)]),
  ) as Record<InferenceLayer, Float64Array>;
  for (let r = 0; r < count; r++) layers.network[r] = networkS(service, random);
  // A replica that has not served yet counts as used at time 0.
  const replicas: Replica[] = Array.from({ length: service.replicas }, () => ({ freeAtS: 0 }));
  let [batches, coldBatches, busyS, first] = [0, 0, 0, 0];
  while (first < count) {
    const replica = nextReplica(replicas, arrivals[first]);
    const startS = Math.max(replica.freeAtS, arrivals[first]);
    let last = first + 1;
    while (last < count && last - first < service.batchMax && arrivals[last] <= startS) last++;
    const isCold = startS - replica.freeAtS > (service.idleTimeoutS ?? Number.POSITIVE_INFINITY);
    const spent = batchTimes(service, tokens.subarray(first, last), isCold);
    for (let r = first; r < last; r++) {
      layers.queue[r] = startS - arrivals[r];
      layers.coldStart[r] = spent.coldStartS;
      layers.prefill[r] = spent.prefillS;
      layers.decode[r] = spent.decodeS;
    }
    const tookS = spent.coldStartS + spent.prefillS + spent.decodeS;
    replica.freeAtS = startS + tookS;
    busyS += tookS;
    batches++;
    coldBatches += isCold ? 1 : 0;
    first = last;
  }
  const endS = replicas.reduce((latest, { freeAtS }) => Math.max(latest, freeAtS), 0);
  return { layers, batches, coldBatches, busyRatio: busyS / (endS * service.replicas) };
}

function arrivalTimes(arrivalPerS: number, count: number, random: () => number): Float64Array {
  const times = new Float64Array(count);
  let atS = 0;
  for (let r = 0; r < count; r++) {
    atS += exponential(random, 1 / arrivalPerS);
    times[r] = atS;
  }
  return times;
}

/** Of the replicas that are free, the one used last, which is likeliest to be warm; else the next. */
function nextReplica(replicas: readonly Replica[], atS: number): Replica {
  return replicas.reduce((best, one) => {
    const [bestFree, oneFree] = [best.freeAtS <= atS, one.freeAtS <= atS];
    if (bestFree !== oneFree) return oneFree ? one : best;
    const isBetter = oneFree ? one.freeAtS > best.freeAtS : one.freeAtS < best.freeAtS;
    return isBetter ? one : best;
  });
}

function batchTimes(service: InferenceService, tokens: Float64Array, isCold: boolean) {
  const stepS = service.decodeBaseS + tokens.length * service.decodeEachS;
  return {
    coldStartS: isCold ? (service.coldStartS ?? 0) : 0,
    prefillS: tokens.length * service.prefillS,
    decodeS: stepS * tokens.reduce((longest, count) => Math.max(longest, count), 0),
  };
}

const outputTokens = (service: InferenceService, random: () => number) =>
  service.isOutputExact ? service.outputTokens : geometric(random, service.outputTokens);

/** From 1, with that mean; 0 where the mean is 0: nothing is decoded. */
function geometric(random: () => number, mean: number): number {
  if (mean <= 1) return mean;
  return 1 + Math.floor(Math.log1p(-random()) / Math.log1p(-1 / mean));
}

function networkS(service: InferenceService, random: () => number): number {
  const { networkMedianS = INFERENCE.networkMedianS.value } = service;
  const { networkSpread = INFERENCE.networkSpread.value } = service;
  return networkMedianS * Math.exp(networkSpread * standardNormal(random));
}

function summarise(run: Run, warmUp: number): InferenceLatency {
  const layers = INFERENCE_LAYERS.map(layer => run.layers[layer].subarray(warmUp));
  const count = layers[0].length;
  const totals = Float64Array.from({ length: count }, (_, r) =>
    layers.reduce((sum, layer) => sum + layer[r], 0),
  );
  const order = Array.from(totals.keys()).sort((a, b) => totals[a] - totals[b]);
  const byLayer = (of: (layer: Float64Array) => number) =>
    Object.fromEntries(INFERENCE_LAYERS.map((name, l) => [name, of(layers[l])])) as Record<
      InferenceLayer,
      number
    >;
  const near = order.slice(...AROUND_P99.map(share => Math.floor(share * count)));
  const meanOver = (layer: Float64Array, rows: readonly number[]) =>
    rows.reduce((sum, r) => sum + layer[r], 0) / rows.length;
  const p99S = totals[order[rank(count, 0.99)]];
  const scale = p99S / meanOver(totals, near);
  return {
    requests: count,
    meanS: meanOver(totals, order),
    p50S: totals[order[rank(count, 0.5)]],
    p99S,
    meanByLayerS: byLayer(layer => meanOver(layer, order)),
    p99ByLayerS: byLayer(layer => layer.toSorted()[rank(count, 0.99)]),
    // Scaled by what the percentile differs from the mean of its neighbours.
    atP99ByLayerS: byLayer(layer => scale * meanOver(layer, near)),
    meanBatch: run.layers.queue.length / run.batches,
    coldShare: run.coldBatches / run.batches,
    busyRatio: run.busyRatio,
  };
}

const rank = (count: number, share: number) => Math.min(count - 1, Math.ceil(share * count) - 1);

/** Requests that the service could answer with full batches, each second. */
export function inferenceCapacityPerS(service: InferenceService): number {
  const { batchMax, outputTokens, isOutputExact = false } = service;
  const stepS = service.decodeBaseS + batchMax * service.decodeEachS;
  // The longest of a batch of geometric answers: harmonic growth with the batch.
  let longest = 0;
  for (let r = 1; r <= batchMax; r++) longest += 1 / r;
  const tokens = isOutputExact || outputTokens <= 1 ? outputTokens : outputTokens * longest;
  return (service.replicas * batchMax) / (batchMax * service.prefillS + tokens * stepS);
}

function checkService(service: InferenceService, requests: number): void {
  for (const name of ['replicas', 'batchMax'] as const) {
    if (!(Number.isInteger(service[name]) && service[name] >= 1)) {
      throw new RangeError(`${name}: ${service[name]}; it must be a whole number from 1`);
    }
  }
  if (!(Number.isInteger(requests) && requests >= 1000)) {
    throw new RangeError(`requests: ${requests}; a 99th percentile needs 1,000 or more`);
  }
  const { arrivalPerS, prefillS, decodeBaseS, decodeEachS, outputTokens } = service;
  if (!(arrivalPerS > 0 && Number.isFinite(arrivalPerS))) {
    throw new RangeError(`arrivalPerS: ${arrivalPerS}; it must be positive`);
  }
  const { coldStartS = 0, networkMedianS = 0, networkSpread = 0, idleTimeoutS = 0 } = service;
  const times = { prefillS, decodeBaseS, decodeEachS, outputTokens, coldStartS };
  const all = { ...times, networkMedianS, networkSpread, idleTimeoutS };
  for (const [name, value] of Object.entries(all)) {
    if (!(value >= 0 && Number.isFinite(value))) throw new RangeError(`${name}: ${value}`);
  }
  const capacityPerS = inferenceCapacityPerS(service);
  if (arrivalPerS >= capacityPerS) {
    throw new RangeError(
      `arrivalPerS: ${arrivalPerS}, but full batches answer ${capacityPerS.toPrecision(3)} a ` +
        'second at most; the queue would grow without end',
    );
  }
}
