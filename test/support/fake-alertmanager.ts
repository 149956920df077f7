/** An Alertmanager that answers as it is told and remembers what it was sent. */
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';

interface Posted {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly generatorURL: string;
  readonly startsAt: string;
  readonly endsAt: string;
}

interface FakeAlertmanager {
  readonly url: string;
  /** Batches, in the order in which they came. */
  readonly batches: Posted[][];
  readonly headers: IncomingHttpHeaders[];
  /** Status and body of the answer to a batch; 200 unless a test sets another. */
  answer: (batch: readonly Posted[]) => readonly [status: number, body: string] | 'never';
  stop(): Promise<void>;
}

/** @param tls with it, it is reached over HTTPS */
export async function startFakeAlertmanager(tls?: ServerOptions): Promise<FakeAlertmanager> {
  const batches: Posted[][] = [];
  const headers: IncomingHttpHeaders[] = [];
  const listener: RequestListener = (request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      const batch = JSON.parse(body) as Posted[];
      batches.push(batch);
      headers.push(request.headers);
      const answer = fake.answer(batch);
      if (answer === 'never') return;
      response.writeHead(answer[0], { 'content-type': 'application/json' }).end(answer[1]);
    });
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  const fake: FakeAlertmanager = {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    batches,
    headers,
    answer: () => [200, ''],
    async stop() {
      server.closeAllConnections();
      await new Promise(done => server.close(done));
    },
  };
  return fake;
}
