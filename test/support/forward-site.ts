/** A twin to forward from, without a service, and a store that answers as a test tells it. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import {
  createForwarding,
  type Forwarding,
  type ForwardingOptions,
} from '../../server/forward/forwarding.ts';
import { bytesOf } from '../../server/ingest/bytes.ts';
import { isRefusal, labelsOfWriteV1 } from '../../server/ingest/label-set.ts';
import { readWriteV1 } from '../../server/ingest/remote-write-v1.ts';
import { SnappyBlock } from '../../server/ingest/snappy.ts';
import { Wire } from '../../server/ingest/wire/wire.ts';
import { migrate, signalIndex, type Topology, Twin } from '../../twin/index.ts';
import { type InventoryParts, TWO_RACKS, topologyOf } from './inventories.ts';

export const silent = pino({ level: 'silent' });

export interface ForwardSite {
  readonly live: { twin: Twin };
  readonly clock: { nowMs: number };
  /** A measured value of an entity, now. */
  write(signal: string, id: string, value: number): void;
  /** The source says that the value's series has ended. */
  end(signal: string, id: string): void;
  /** Another generation; values of what stays are kept. */
  change(parts: InventoryParts): void;
}

export function forwardSite(topology: Topology = topologyOf(TWO_RACKS), nowMs = 1_760_000_000_000) {
  const clock = { nowMs };
  const live = { twin: new Twin(topology) };
  const cellOf = (signal: string, id: string) => {
    const entity = live.twin.topology.indexOf(id);
    if (entity < 0) throw new Error(`no ${id} in the inventory`);
    return { entity, cell: live.twin.state.ensureCell(signalIndex(signal), entity) };
  };
  const site: ForwardSite = {
    live,
    clock,
    write(signal, id, value) {
      const { cell, entity } = cellOf(signal, id);
      live.twin.write(cell, entity, value, clock.nowMs);
    },
    end(signal, id) {
      const { cell, entity } = cellOf(signal, id);
      live.twin.markStale(cell, entity);
    },
    change(parts) {
      const next = new Twin(topologyOf(parts, live.twin.topology.generation + 1));
      migrate(live.twin, next);
      live.twin = next;
    },
  };
  return site;
}

/** Forwarding from a site by the site's clock, with short pauses. */
export const forwardingOf = (
  { live, clock }: ForwardSite,
  options: Partial<ForwardingOptions>,
): Forwarding =>
  createForwarding({
    ...{ live, forwardInflux: [], remoteWrite: [], log: silent, now: () => clock.nowMs },
    ...{ retryMs: [20, 40] as const, ...options },
  });

interface StoreRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

type StoreAnswer =
  | readonly [status: number, body?: string, headers?: Record<string, string>]
  | 'never'
  | 'cut';

interface FakeStore {
  readonly url: string;
  readonly requests: StoreRequest[];
  answer: (request: StoreRequest) => StoreAnswer;
  stop(): Promise<void>;
}

export async function startFakeStore(): Promise<FakeStore> {
  const requests: StoreRequest[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { url: path = '', headers } = request;
      const seen = { path, headers, body: Buffer.concat(parts) };
      requests.push(seen);
      const answer = store.answer(seen);
      if (answer === 'never') return;
      if (answer === 'cut') response.destroy();
      else response.writeHead(answer[0], answer[2] ?? {}).end(answer[1]);
    });
  });
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  const store: FakeStore = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answer: () => [204],
    async stop() {
      server.closeAllConnections();
      await new Promise(done => server.close(done));
    },
  };
  return store;
}

interface Written {
  readonly labels: Readonly<Record<string, string>>;
  /** Names in the order in which they came. */
  readonly names: readonly string[];
  readonly value: number | 'stale';
  readonly atMs: number;
}

/** The samples of a remote-write 1.0 request, in order. */
export function samplesIn(body: Uint8Array): Written[] {
  const output = new SnappyBlock(new Wire());
  const problem = output.decode(body, 1 << 26);
  if (problem) throw new Error(problem);
  const message = Buffer.from(output.bytes.buffer.subarray(0, output.length));
  const seen: Written[] = [];
  let labels: Record<string, string> = {};
  const add = (value: number | 'stale', atMs: number) =>
    seen.push({ labels, names: Object.keys(labels), value, atMs });
  const { ok } = readWriteV1(bytesOf(message), message.length, {
    takeExpected: (_, start) => start,
    expect: () => -1,
    series: ({ buffer }, start, end) => {
      const bytes = buffer.subarray(start, end);
      const set = labelsOfWriteV1(bytes, { maxLabels: 100, maxLabelBytes: 1000 });
      if (isRefusal(set)) throw new Error(String(set));
      labels = { __name__: set.name, ...set.labels };
    },
    sample: add,
    staleMarker: atMs => add('stale', atMs),
  });
  if (!ok) throw new Error('not a whole message');
  return seen;
}
