/** One HTTP exchange with a BMC: bounded in time and size, on a connection that is kept. */
import http from 'node:http';
import https from 'node:https';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

interface TlsOptions {
  readonly rejectUnauthorized: boolean;
  readonly ca?: string | undefined;
}

export interface HttpPeer {
  /** @throws Error when nothing or too much comes in time; every HTTP status is an answer. */
  exchange(request: HttpRequest): Promise<HttpAnswer>;
  /** Opens a stream and gives the response once its head is there. */
  open(request: HttpRequest): Promise<http.IncomingMessage>;
  close(): void;
}

/** @param sockets connections at most: one for requests, one for an event stream. */
export function createHttpPeer(url: URL, tls: TlsOptions, sockets = 2): HttpPeer {
  const secure = url.protocol === 'https:';
  const options = { keepAlive: true, maxSockets: sockets };
  const agent = secure ? new https.Agent({ ...options, ...tls }) : new http.Agent(options);
  const send = secure ? https.request : http.request;

  function open(request: HttpRequest): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { method, headers, signal } = request;
      const sent = send(request.url, { agent, method, headers, ...(signal && { signal }) });
      const timer = setTimeout(
        () => sent.destroy(new Error(`no answer within ${request.timeoutMs} ms`)),
        request.timeoutMs,
      );
      sent.once('response', response => {
        clearTimeout(timer);
        resolve(response);
      });
      sent.on('error', error => {
        clearTimeout(timer);
        reject(error);
      });
      sent.end(request.body);
    });
  }

  async function exchange(request: HttpRequest): Promise<HttpAnswer> {
    const startMs = performance.now();
    const response = await open(request);
    const leftMs = Math.max(1, request.timeoutMs - (performance.now() - startMs));
    const body = await collect(response, request.maxBytes, leftMs);
    return { status: response.statusCode ?? 0, headers: response.headers, body };
  }

  return { exchange, open, close: () => agent.destroy() };
}

function collect(
  response: http.IncomingMessage,
  maxBytes: number,
  timeoutMs: number,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const timer = setTimeout(
      () => response.destroy(new Error(`answer not complete in time (${bytes} bytes)`)),
      timeoutMs,
    );
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) response.destroy(new Error(`answer larger than ${maxBytes} bytes`));
      else chunks.push(chunk);
    });
    response.once('end', () => resolve(Buffer.concat(chunks)));
    response.once('error', reject);
    response.once('close', () => {
      clearTimeout(timer);
      reject(new Error('connection closed within the answer'));
    });
  });
}
