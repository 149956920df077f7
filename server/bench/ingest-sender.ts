/** Sends requests as a Prometheus does, and says what that cost the server. */
import { Agent, request } from 'node:http';
import type { Server } from './ingest-servers.ts';

/** Requests under way at once. */
const IN_FLIGHT = 2;
const PROBE_EVERY_MS = 20;

export type Version = 1 | 2;

export interface Block {
  readonly requests: readonly Buffer[];
  readonly samples: number;
  readonly version: Version;
}

interface Sent {
  /** Of the server's process while it was sent to and while it settled, s. */
  readonly cpuS: number;
  readonly wallS: number;
  /** How long /livez took to answer meanwhile, ms. */
  readonly probesMs: readonly number[];
}

export const pause = (forMs: number) => new Promise(resolve => setTimeout(resolve, forMs));

interface SendOptions {
  /** How long the server's time is counted after the last answer. */
  readonly settleMs: number;
  /** Whether to ask for /livez meanwhile, which costs something too. */
  readonly isWatched?: boolean;
}

/** @throws Error when the server does not take a request */
export async function sendBlock(
  server: Server,
  block: Block,
  { settleMs, isWatched = false }: SendOptions,
): Promise<Sent> {
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
  const before = server.cpuS();
  const startedMs = performance.now();
  const probe = startProbe(server, isWatched);
  let next = 0;
  const lane = async () => {
    for (let i = next++; i < block.requests.length; i = next++) {
      await post(server, agent, block.requests[i], block.version);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  const wallS = (performance.now() - startedMs) / 1000;
  const probesMs = await probe.stop();
  agent.destroy();
  await pause(settleMs);
  return { cpuS: server.cpuS() - before, wallS, probesMs };
}

const V1_TYPE = 'application/x-protobuf';
const V2_TYPE = `${V1_TYPE};proto=io.prometheus.write.v2.Request`;

function post({ writeUrl }: Server, agent: Agent, body: Buffer, version: Version): Promise<void> {
  const headers = {
    'content-encoding': 'snappy',
    'content-type': version === 1 ? V1_TYPE : V2_TYPE,
    'content-length': body.length,
    'x-prometheus-remote-write-version': version === 1 ? '0.1.0' : '2.0.0',
  };
  return new Promise((resolve, reject) => {
    const call = request(writeUrl, { method: 'POST', agent, headers }, response => {
      let text = '';
      response.on('data', chunk => {
        text += chunk;
      });
      response.on('end', () => {
        const { statusCode = 0 } = response;
        if (statusCode >= 200 && statusCode < 300) resolve();
        else reject(new Error(`${writeUrl} answered ${statusCode}: ${text.slice(0, 300)}`));
      });
    });
    call.once('error', reject);
    call.end(body);
  });
}

/** Asks for something that costs nothing, over and over: its answer waits for the event loop. */
function startProbe({ url }: Server, isWatched: boolean) {
  const tookMs: number[] = [];
  let isOn = isWatched;
  const round = async () => {
    while (isOn) {
      const startedMs = performance.now();
      const response = await fetch(`${url}/livez`);
      await response.arrayBuffer();
      tookMs.push(performance.now() - startedMs);
      await pause(PROBE_EVERY_MS);
    }
  };
  const ended = round();
  return {
    async stop() {
      isOn = false;
      await ended;
      return tookMs;
    },
  };
}

/**
 * Sends block by block, each made when it is due: all in one go would hold up whoever listens in this
 * process.
 */
export function sendOn(server: Server, everyMs: number, blockOf: (n: number) => Block) {
  let isOn = true;
  const ended = (async () => {
    for (let n = 0, dueMs = performance.now(); isOn; n++, dueMs += everyMs) {
      await pause(Math.max(0, dueMs - performance.now()));
      await sendBlock(server, blockOf(n), { settleMs: 0 });
    }
  })();
  return {
    async stop() {
      isOn = false;
      await ended;
    },
  };
}
