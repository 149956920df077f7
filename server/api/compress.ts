/** Answers as gzip, for those who take it: pages of metrics and lists shrink to a tenth. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, RequestHandler } from 'express';

/** Smaller ones fit into a packet or two as they are. */
const LEAST_BYTES = 4096;
/** The fastest: answers are made anew each time. Threads of the pool do it. */
const LEVEL = 1;
/** Files of the page are compressed once. */
const FILE_LEVEL = 9;

const zip = promisify(gzip);

const takesGzip = (request: Request) => request.acceptsEncodings('gzip', 'identity') === 'gzip';

/** For what is sent whole, as text. Streams (frames, queries) go as they are. */
export const compressed: RequestHandler = (request, response, next) => {
  const isZipped = request.method !== 'HEAD' && takesGzip(request);
  const send = response.send.bind(response);
  response.send = body => {
    if (typeof body !== 'string' || body.length < LEAST_BYTES) return send(body);
    response.vary('accept-encoding');
    if (!isZipped) return send(body);
    zip(body, { level: LEVEL }).then(zipped => {
      response.set('content-encoding', 'gzip');
      send(zipped);
    }, next);
    return response;
  };
  next();
};

const ASSET = /^\/assets\/([\w-]+\.(?:js|css))$/;

/**
 * Scripts and styles of the live page, whose names carry a hash of their content.
 * @param headers how long they may be kept
 */
export function zippedAssets(
  pageDir: string,
  headers: Readonly<Record<string, string>>,
): RequestHandler {
  const known = new Map<string, Promise<Buffer>>();
  return (request, response, next) => {
    const name = ASSET.exec(request.path)?.[1];
    if (name === undefined) return next();
    response.vary('accept-encoding');
    if (request.method !== 'GET' || !takesGzip(request)) return next();
    const zipped =
      known.get(name) ??
      readFile(join(pageDir, 'assets', name)).then(text => zip(text, { level: FILE_LEVEL }));
    known.set(name, zipped);
    zipped.then(
      bytes => {
        response.set({ ...headers, 'content-encoding': 'gzip' });
        response.type(name.endsWith('.js') ? 'text/javascript' : 'text/css').send(bytes);
      },
      () => {
        // Whatever is wrong with the file is said by those who serve all files.
        known.delete(name);
        next();
      },
    );
  };
}
