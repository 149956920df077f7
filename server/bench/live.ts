/**
 * `bench live`: what it takes to show a site of 5,000 racks to many pages at once. Every host of it
 * is measured; the clients ask for what the page asks while it shows the floor.
 */
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { moduleBeside } from '../package-layout.ts';
import { inFolder } from './in-folder.ts';
import { eventLoopP99Ms } from './ingest-measure.ts';
import { HOSTS_A_RACK, hostsOf, RACKS_A_ROW } from './ingest-plan.ts';
import { pause, sendOn } from './ingest-sender.ts';
import { needProc, type Server, startOrrery } from './ingest-servers.ts';
import type { Ask, Tally } from './live-clients.ts';
import { HOSTS_A_REQUEST, hostsRequest, SERIES_A_HOST } from './live-load.ts';
import { measurePage } from './live-page.ts';
import { ASKED, LOADED, VIEWS } from './live-views.ts';
import { calibrate, machine } from './machine.ts';
import { referenceInventory } from './reference-site.ts';
import type { BenchResult, BenchSize } from './result.ts';

interface LivePlan {
  readonly halls: number;
  readonly rows: number;
  readonly clients: number;
  /** Between two scrapes of a host. */
  readonly scrapeS: number;
  readonly countS: number;
  /** Pages that ask for a minute's worth of REST answers, one after another. */
  readonly askingPages: number;
}

const PLANS: Readonly<Record<BenchSize, LivePlan>> = {
  small: { halls: 1, rows: 2, clients: 8, scrapeS: 1, countS: 1, askingPages: 1 },
  // 100 rows of 50 racks.
  reference: { halls: 2, rows: 50, clients: 1000, scrapeS: 15, countS: 30, askingPages: 10 },
};

export async function benchLive(size: BenchSize): Promise<BenchResult> {
  needProc();
  const plan = PLANS[size];
  const { halls, rows } = plan;
  const racks = halls * rows * RACKS_A_ROW;
  const hosts = hostsOf({ halls, rows, hosts: racks * HOSTS_A_RACK });
  const figures = await inFolder(async dir => {
    const orrery = await startOrrery({ dir, inventory: referenceInventory(halls, rows) });
    const load = sendHosts(orrery, hosts, plan.scrapeS);
    try {
      // Every host twice, so that all there is to find out about its series has been.
      await pause(2000 * plan.scrapeS);
      const served = await measure(orrery, plan);
      return { ...served, ...(await measurePage(orrery.url, dir, Math.max(2, plan.countS / 3))) };
    } finally {
      await load.stop();
      await orrery.stop();
    }
  });
  return {
    name: 'live',
    params: { size, racks, clients: plan.clients, series: hosts.length * SERIES_A_HOST },
    figures,
    machine: machine(),
    calibration: calibrate(),
    hash: createHash('sha256')
      .update(JSON.stringify([VIEWS, ASKED, LOADED]))
      .digest('hex'),
  };
}

/** All hosts again and again, spread evenly over the time between two scrapes. */
function sendHosts(orrery: Server, hosts: readonly string[], scrapeS: number) {
  const parts = Math.ceil(hosts.length / HOSTS_A_REQUEST);
  return sendOn(orrery, (1000 * scrapeS) / parts, n => {
    const from = (n % parts) * HOSTS_A_REQUEST;
    const part = hosts.slice(from, from + HOSTS_A_REQUEST);
    const request = hostsRequest(part, Math.floor(n / parts), Date.now());
    return { requests: [request], samples: part.length * SERIES_A_HOST, version: 1 };
  });
}

async function measure(orrery: Server, plan: LivePlan) {
  const { clients, countS, askingPages } = plan;
  const none = await used(orrery, () => pause(1000 * countS));
  const rssNoClientsMB = orrery.rssMB();
  const loaded = await used(orrery, () => ask(orrery, askingPages, LOADED));
  const asked = await used(orrery, () => ask(orrery, askingPages, A_MINUTE));
  const crowd = startClients(orrery);
  try {
    await crowd.ask({ open: 1 });
    const one = await used(orrery, () => crowd.ask({ countMs: 1000 * countS }));
    const opening = await used(orrery, () => crowd.ask({ open: clients - 1 }));
    // What came while they connected is over.
    await pause(2000);
    const all = await used(orrery, () => crowd.ask({ countMs: 1000 * countS }));
    const { frames, bytesAFrame, delayP50Ms, delayP99Ms, leftOut, lost } = all.answer as Tally;
    return {
      cpuSPerSNoClients: none.cpuSPerS,
      cpuSPerSOneClient: one.cpuSPerS,
      cpuSPerSClients: all.cpuSPerS,
      framesPerSAClient: frames / clients / all.tookS,
      ...{ bytesAFrame, delayP50Ms, delayP99Ms, framesLeftOut: leftOut, connectionsLost: lost },
      eventLoopP99NoClientsMs: none.loopP99Ms,
      eventLoopP99Ms: all.loopP99Ms,
      openingCpuMsAClient: (1000 * opening.cpuS) / clients,
      loadingCpuMsAPage: beyond(loaded, none) / askingPages,
      askingCpuMsAPageMinute: beyond(asked, none) / askingPages,
      ...{ rssNoClientsMB, rssMB: orrery.rssMB() },
    };
  } finally {
    crowd.stop();
  }
}

/** A delay taken over all of a count would hide its worst moment. */
const LOOK_MS = 5000;

/** What the service uses while something goes on, and its loop's delay in the worst 5 s of it. */
async function used<T>(orrery: Server, during: () => Promise<T>) {
  await eventLoopP99Ms(orrery);
  const looks: Promise<number>[] = [];
  const looking = setInterval(() => looks.push(eventLoopP99Ms(orrery)), LOOK_MS);
  const before = { cpuS: orrery.cpuS(), atMs: performance.now() };
  const answer = await during().finally(() => clearInterval(looking));
  const cpuS = orrery.cpuS() - before.cpuS;
  const tookS = (performance.now() - before.atMs) / 1000;
  const loopP99Ms = Math.max(...(await Promise.all([...looks, eventLoopP99Ms(orrery)])));
  return { answer, cpuS, tookS, cpuSPerS: cpuS / tookS, loopP99Ms };
}

type Used = Awaited<ReturnType<typeof used>>;

/** CPU ms of something beyond what goes on anyway. */
const beyond = ({ cpuS, tookS }: Used, anyway: Used) =>
  1000 * Math.max(0, cpuS - anyway.cpuSPerS * tookS);

const A_MINUTE = ASKED.flatMap(({ path, everyS }) => Array<string>(60 / everyS).fill(path));

/** What so many pages ask for, answer after answer. */
async function ask({ url }: Server, pages: number, paths: readonly string[]): Promise<void> {
  for (let page = 0; page < pages; page++) {
    for (const path of paths) await askAll(`${url}/api/v1/${path}`);
  }
}

/** Every page of a list. */
async function askAll(address: string): Promise<void> {
  const url = new URL(address);
  let cursor: string | null | undefined;
  do {
    if (cursor) url.searchParams.set('cursor', cursor);
    const response = await fetch(url);
    const text = await response.text();
    if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 300)}`);
    cursor = (JSON.parse(text) as { next?: string | null }).next;
  } while (cursor);
}

/** The clients, in a process of their own. */
function startClients({ url }: Server) {
  const script = fileURLToPath(moduleBeside('live-clients', import.meta.url));
  const child = fork(script, [url, SITE]);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the clients ended with ${code}`);
  });
  // Looked at while there is a question.
  ended.catch(() => undefined);
  return {
    async ask(question: Ask): Promise<unknown> {
      child.send(question);
      const [answer] = await Promise.race([once(child, 'message'), ended]);
      return answer;
    },
    stop: () => child.kill(),
  };
}

/** Its id in the reference inventory. */
const SITE = 'ref';
