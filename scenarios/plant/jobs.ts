/** Who holds which GPUs: arrivals, gang placement and departures, decided on a fixed beat. */
import type { Layout } from './layout.ts';
import { createRandom, type Random } from './random.ts';
import { presentGpus, type State } from './state.ts';
import {
  ARRIVAL,
  FIRST_GANG_RATIO,
  MIX,
  SHAPE,
  START_S,
  TARGET_ALLOCATED_RATIO,
} from './workload.ts';

type JobKind = 'training' | 'inference' | 'notebook';

/** What a job does while it runs; the same when it is started once more. */
interface JobShape {
  /** Training: seconds of one iteration, and share of it in compute. */
  readonly periodS: number;
  readonly computeRatio: number;
  /** Compute demand on the GPU, ratio of its dynamic power. */
  readonly peakRatio: number;
  readonly checkpointEveryS: number;
  readonly checkpointS: number;
}

export interface Job extends JobShape {
  readonly name: string;
  readonly namespace: string;
  readonly kind: JobKind;
  /** Dense GPU indices, in host order. */
  readonly gpus: Int32Array;
  /** Hosts with at least one of its GPUs; pod n runs on hosts[n]. */
  readonly hosts: readonly number[];
  readonly startS: number;
  readonly endS: number;
  /** Work stands still until then (restart after an XID). */
  stalledUntilS: number;
  /** Training: iterations made. */
  iterations: number;
  /** Slowest clock among its GPUs in the last step: the gang waits for it. */
  slowestClockRatio: number;
}

interface PendingJob {
  readonly name: string;
  readonly namespace: string;
  readonly kind: JobKind;
  readonly gpuCount: number;
  readonly durationS: number;
  /** Of a job that ran before it lost a host. */
  readonly shape?: JobShape;
}

export interface JobBook {
  readonly running: Map<number, Job>;
  readonly pending: PendingJob[];
  readonly random: Random;
  nextId: number;
  /** Grow with every change of a host's allocation, so that pages know when their labels are old. */
  readonly hostRevision: Int32Array;
  readonly freeGpus: Int32Array;
  /** While true no job starts or ends by itself. */
  isHeld: boolean;
}

/** Seconds between scheduling rounds; a multiple of every step length. */
export const BEAT_S = 30;
const HOUR_S = 3600;
const NAMES: Readonly<Record<JobKind, readonly string[]>> = {
  training: ['pretrain-7b', 'pretrain-70b', 'sft-mixture', 'vision-encoder', 'rl-policy'],
  inference: ['llm-chat', 'embedder', 'asr', 'reranker', 'codegen'],
  notebook: ['notebook', 'profile', 'sweep'],
};
const NAMESPACES: Readonly<Record<JobKind, string>> = {
  training: 'research',
  inference: 'serving',
  notebook: 'lab',
};

export function createJobBook(layout: Layout): JobBook {
  return {
    running: new Map(),
    pending: [],
    random: createRandom(layout.seed),
    nextId: 0,
    hostRevision: new Int32Array(layout.hostCount),
    freeGpus: Int32Array.from(layout.site.hosts, host => host.gpus),
    isHeld: false,
  };
}

/** First allocation: one long pretraining gang, then the usual mix. */
export function fillSite(layout: Layout, state: State, book: JobBook): void {
  const first = Math.floor(layout.gpuCount * FIRST_GANG_RATIO) & ~7;
  if (first >= 16) {
    const gang = { gpuCount: first, kind: 'training' as const, durationS: 1000 * HOUR_S };
    place(layout, state, book, pendingOf(book, gang));
  }
  for (let tries = 0; tries < 40 + layout.gpuCount && !isFull(layout, book); tries++) {
    place(layout, state, book, pendingOf(book, drawWork(book.random, layout.gpuCount)));
  }
  // a gang too large for what is left: a site without a queue would leave a question unasked
  const large = { gpuCount: Math.max(8, first), kind: 'training' as const, durationS: HOUR_S };
  book.pending.push(pendingOf(book, large));
}

const isFull = (layout: Layout, book: JobBook) =>
  book.freeGpus.reduce((sum, free) => sum + free, 0) <
  (1 - TARGET_ALLOCATED_RATIO) * layout.gpuCount;

type Work = Pick<PendingJob, 'gpuCount' | 'kind' | 'durationS'>;

/** One draw of the mix; no job takes more than a quarter of the site. */
function drawWork(random: Random, siteGpus: number): Work {
  const { odds } = MIX;
  const isTraining = random.next() < odds.training;
  const kind = isTraining ? 'training' : random.next() < odds.inference ? 'inference' : 'notebook';
  const sizes = MIX.sizes[kind];
  const gpuCount = Math.min(sizes[random.below(sizes.length)], Math.max(1, siteGpus >> 2));
  return { kind, gpuCount, durationS: MIX.leastS + random.exponential(MIX.meanH[kind] * HOUR_S) };
}

function pendingOf(book: JobBook, work: Work): PendingJob {
  const id = book.nextId++;
  const names = NAMES[work.kind];
  const name = `${names[book.random.below(names.length)]}-${id.toString(36).padStart(4, '0')}`;
  return { ...work, name, namespace: NAMESPACES[work.kind] };
}

/** One scheduling round: departures, arrivals, then the queue in order; nobody blocks it. */
export function scheduleRound(layout: Layout, state: State, book: JobBook): void {
  if (book.isHeld) return;
  for (const [id, job] of book.running) {
    if (job.endS <= state.nowS) release(state, book, id, job, layout);
  }
  if (book.random.next() < ARRIVAL.odds && book.pending.length < ARRIVAL.longestQueue) {
    book.pending.push(pendingOf(book, drawWork(book.random, layout.gpuCount)));
  }
  for (let at = 0; at < book.pending.length; ) {
    if (!isFull(layout, book) && place(layout, state, book, book.pending[at])) {
      book.pending.splice(at, 1);
    } else at++;
  }
}

/** Takes whole hosts for gangs of 8 and more, the fullest host that fits for smaller work. */
function place(layout: Layout, state: State, book: JobBook, work: PendingJob): boolean {
  const perHost = Math.max(0, ...layout.site.hosts.map(host => host.gpus));
  const hosts =
    work.gpuCount >= perHost
      ? wholeHosts(layout, state, book, work.gpuCount)
      : fullestHost(layout, state, book, work.gpuCount);
  if (hosts === undefined) return false;
  const gpus: number[] = [];
  for (const host of hosts) {
    for (let gpu = layout.gpuStart[host]; gpu < layout.gpuStart[host + 1]; gpu++) {
      if (state.gpu.job[gpu] < 0 && gpus.length < work.gpuCount) gpus.push(gpu);
    }
  }
  start(layout, state, book, { work, gpus, hosts });
  return true;
}

function wholeHosts(layout: Layout, state: State, book: JobBook, gpuCount: number) {
  const hosts: number[] = [];
  let found = 0;
  for (let host = 0; host < layout.hostCount && found < gpuCount; host++) {
    const gpus = layout.site.hosts[host].gpus;
    if (gpus === 0 || book.freeGpus[host] < gpus || !takesWork(layout, state, host)) continue;
    hosts.push(host);
    found += gpus;
  }
  return found >= gpuCount ? hosts : undefined;
}

function fullestHost(layout: Layout, state: State, book: JobBook, gpuCount: number) {
  let best = -1;
  for (let host = 0; host < layout.hostCount; host++) {
    if (book.freeGpus[host] < gpuCount || !takesWork(layout, state, host)) continue;
    if (best < 0 || book.freeGpus[host] < book.freeGpus[best]) best = host;
  }
  return best < 0 ? undefined : [best];
}

/** Hosts that are on and miss no GPU: the others are cordoned. */
const takesWork = (layout: Layout, state: State, host: number) =>
  state.host.poweredOn[host] === 1 &&
  presentGpus(layout, state, host) === layout.site.hosts[host].gpus;

interface Placed {
  readonly work: PendingJob;
  readonly gpus: readonly number[];
  readonly hosts: readonly number[];
}

function start(layout: Layout, state: State, book: JobBook, { work, gpus, hosts }: Placed): void {
  const { random } = book;
  const id = book.nextId++;
  const job: Job = {
    ...{ name: work.name, namespace: work.namespace, kind: work.kind, hosts },
    gpus: Int32Array.from(gpus),
    startS: state.nowS,
    endS: state.nowS + work.durationS,
    ...(work.shape ?? drawShape(random, work.kind)),
    stalledUntilS: state.nowS + START_S,
    iterations: 0,
    slowestClockRatio: 1,
  };
  book.running.set(id, job);
  for (const gpu of gpus) {
    state.gpu.job[gpu] = id;
    book.freeGpus[layout.gpuHost[gpu]]--;
  }
  touch(book, hosts);
}

function drawShape(random: Random, kind: JobKind): JobShape {
  const draw = ([least, span]: readonly [number, number]) => least + span * random.next();
  return {
    periodS: draw(SHAPE.periodS),
    computeRatio: draw(SHAPE.computeRatio),
    peakRatio: draw(kind === 'training' ? SHAPE.trainingPeakRatio : SHAPE.otherPeakRatio),
    checkpointEveryS: draw(SHAPE.checkpointEveryS),
    checkpointS: draw(SHAPE.checkpointS),
  };
}

function release(state: State, book: JobBook, id: number, job: Job, layout: Layout): void {
  for (const gpu of job.gpus) {
    state.gpu.job[gpu] = -1;
    book.freeGpus[layout.gpuHost[gpu]]++;
  }
  book.running.delete(id);
  touch(book, job.hosts);
}

function touch(book: JobBook, hosts: readonly number[]): void {
  for (const host of hosts) book.hostRevision[host]++;
}

/**
 * Ends every job with a GPU on this host, which lost power or a GPU. Each goes to the head of the
 * queue for what it still has to do: its controller makes its pods anew.
 */
export function evictHost(layout: Layout, state: State, book: JobBook, host: number): void {
  const ended: PendingJob[] = [];
  for (const [id, job] of book.running) {
    if (!job.hosts.includes(host)) continue;
    release(state, book, id, job, layout);
    const { name, namespace, kind, gpus, endS } = job;
    const durationS = endS - state.nowS;
    ended.push({ name, namespace, kind, gpuCount: gpus.length, durationS, shape: shapeOf(job) });
  }
  book.pending.unshift(...ended);
}

const shapeOf = (job: Job): JobShape => ({
  ...{ periodS: job.periodS, computeRatio: job.computeRatio, peakRatio: job.peakRatio },
  ...{ checkpointEveryS: job.checkpointEveryS, checkpointS: job.checkpointS },
});

/** GPUs of a job on one of its hosts. */
export const gpusOn = ({ gpuHost }: Layout, job: Job, host: number) =>
  job.gpus.reduce((sum, gpu) => sum + (gpuHost[gpu] === host ? 1 : 0), 0);

/** Pod of a job on the nth of its hosts, as Kubernetes would name it. */
export const podName = (job: Job, nth: number) =>
  job.hosts.length > 1 ? `${job.name}-worker-${nth}` : `${job.name}-0`;
