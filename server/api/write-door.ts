/**
 * The short way of remote write. A good request needs two look-ups, who sends it and from where, and
 * then the receiver; routing it past everything else the service can be asked costs about as much as
 * reading it. All others go on to Express, which knows how to refuse.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Receiver } from '../ingest/receiver.ts';
import { type Identity, mayAct } from '../security/access.ts';
import type { Service } from '../service.ts';
import { beginRequest } from './context.ts';
import { problemDocument } from './problem.ts';
import { WRITE_PATH, WRITE_ROLE } from './route.ts';

export function withWriteDoor(
  app: RequestListener,
  service: Service,
  receiver: Receiver,
): RequestListener {
  return (request, response) => {
    const sender = senderOf(request, service);
    if (sender === undefined) return app(request, response);
    const context = beginRequest(service, { request, response, pathOf: () => WRITE_PATH });
    context.route = WRITE_PATH;
    context.who = sender.name;
    receiver(request, response).catch(error => {
      const { requestId } = context;
      service.log.error({ err: error, requestId, path: WRITE_PATH }, 'request failed');
      fail(response, requestId);
    });
  };
}

/** Undefined unless it is a request for us, from one who may write. */
function senderOf(request: IncomingMessage, service: Service): Identity | undefined {
  if (request.method !== 'POST' || request.url !== WRITE_PATH) return undefined;
  if (service.checkOrigin(request) !== undefined) return undefined;
  const identity = service.authenticate(request.headers.authorization);
  return typeof identity === 'string' || !mayAct(identity, WRITE_ROLE) ? undefined : identity;
}

function fail(response: ServerResponse, requestId: string): void {
  if (response.headersSent) return;
  const detail = 'see the log for this request id';
  const document = problemDocument(500, detail, { instance: WRITE_PATH, requestId });
  response
    .writeHead(500, { 'content-type': 'application/problem+json; charset=utf-8' })
    .end(JSON.stringify(document));
}
