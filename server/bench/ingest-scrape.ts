/** Exporters for `bench ingest`: pages of dcgm-exporter's shape, counted as they are fetched. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dcgmPage } from './dcgm-load.ts';

export interface Exporters {
  /** Sources for the configuration of the service. */
  readonly sources: readonly object[];
  /** Pages served so far. */
  pages(): number;
  stop(): Promise<void>;
}

const VARIANTS = 4;

/** @param hosts names of the hosts, one exporter each, to be scraped each second */
export async function startExporters(hosts: readonly string[]): Promise<Exporters> {
  const bodies = hosts.map((host, i) =>
    Array.from({ length: VARIANTS }, (_, round) => dcgmPage(i, round, host)),
  );
  let served = 0;
  const http: Server = createServer((request, response) => {
    const index = Number(request.url?.slice(1));
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(bodies[index][served++ % VARIANTS]);
  });
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', () => resolve()));
  const { port } = http.address() as AddressInfo;
  return {
    sources: hosts.map((host, i) => ({
      ...{ id: `dcgm-${host}`, kind: 'scrape', url: `http://127.0.0.1:${port}/${i}`, intervalS: 1 },
      labels: { instance: `${host}:9400` },
    })),
    pages: () => served,
    async stop() {
      http.closeAllConnections();
      await new Promise(resolve => http.close(resolve));
    },
  };
}
