/**
 * The socket: subscriptions that survive reconnects, frames in, acknowledgements out. A frame is
 * acknowledged after the browser had a chance to draw, so that a slow page is sent fewer of them.
 */
import { io, type Socket } from 'socket.io-client';
import { decodeFrame, type Frame } from '../../../../twin/index.ts';
import { tokenStore } from '../api/client.ts';
import { createStore } from '../store.ts';

type LinkState = 'connecting' | 'live' | 'lost' | 'refused';

interface Link {
  readonly state: LinkState;
  readonly why: string;
  /** Page clock, ms: when the last frame came. */
  readonly lastFrameMs: number;
  readonly rejectedFrames: number;
}

interface SubscriptionRequest {
  readonly id: string;
  readonly under: string;
  readonly kind: string;
  readonly signals: readonly string[];
  readonly everyMs?: number;
}

interface Subscription {
  readonly request: SubscriptionRequest;
  readonly onFrame: (frame: Frame) => void;
  readonly onError: (message: string) => void;
  seen?: { generation: number; seq: number };
  /** The server's name for the series of frames that `seen` is of. */
  stream?: string;
  /** Generation of its first frame: the one its entity indices are of. */
  generation?: number;
}

type Answer = { ok: true; id: string; stream?: string } | { ok: false; error: string };

export const linkStore = createStore<Link>({
  state: 'connecting',
  why: '',
  lastFrameMs: 0,
  rejectedFrames: 0,
});
/** Topology generation the server last named; lists of entities are loaded anew when it changes. */
export const generationStore = createStore<number>(0);

const subscriptions = new Map<string, Subscription>();
let socket: Socket | undefined;

const patch = (change: Partial<Link>) => linkStore.set({ ...linkStore.get(), ...change });

export function connect(): void {
  socket?.close();
  // The page may live under a path prefix; the socket's path is beside it.
  const path = new URL('live', document.baseURI).pathname;
  const token = tokenStore.get();
  socket = io({ path, transports: ['websocket', 'polling'], auth: token ? { token } : {} });
  socket.on('connect', () => {
    patch({ state: 'live', why: '' });
    for (const subscription of subscriptions.values()) send(subscription);
  });
  socket.on('disconnect', why => patch({ state: 'lost', why }));
  socket.on('connect_error', error => patch({ state: 'lost', why: error.message }));
  socket.on('frame', receive);
  socket.on('generation', (message: { generation: number }) => noteGeneration(message.generation));
}

let known: number | undefined;

/** The first generation is no change; every other makes the lists of entities load anew. */
function noteGeneration(generation: number): void {
  if (known !== undefined && known !== generation) {
    for (const subscription of subscriptions.values()) delete subscription.seen;
    generationStore.set(generation);
  }
  known = generation;
}

function receive(id: string, bytes: ArrayBuffer, acknowledge?: () => void): void {
  const subscription = subscriptions.get(id);
  try {
    const frame = decodeFrame(new Uint8Array(bytes));
    noteGeneration(frame.generation);
    if (subscription) deliver(subscription, frame);
    patch({ state: 'live', lastFrameMs: Date.now() });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    patch({ why, rejectedFrames: linkStore.get().rejectedFrames + 1 });
  }
  if (!acknowledge) return;
  // A hidden tab draws nothing: the timer there keeps it from holding the last frame for ever.
  let isDone = false;
  const done = () => {
    if (!isDone) acknowledge();
    isDone = true;
  };
  requestAnimationFrame(done);
  setTimeout(done, 2000);
}

/** Indices of another generation mean other entities: such a frame waits for the new lists. */
function deliver(subscription: Subscription, frame: Frame): void {
  subscription.generation ??= frame.generation;
  if (subscription.generation !== frame.generation) return;
  subscription.seen = { generation: frame.generation, seq: frame.seq };
  subscription.onFrame(frame);
}

function send(subscription: Subscription): void {
  if (!socket?.connected) return;
  const { seen, stream, request } = subscription;
  const message = seen && stream ? { ...request, resume: { ...seen, stream } } : request;
  socket.emit('subscribe', message, (answer: Answer) => {
    if (answer.ok) subscription.stream = answer.stream;
    else subscription.onError(answer.error);
  });
}

/** @returns the way to end it. A second subscription of an id takes the place of the first. */
export function subscribe(
  request: SubscriptionRequest,
  onFrame: (frame: Frame) => void,
  onError: (message: string) => void,
): () => void {
  const subscription: Subscription = { request, onFrame, onError };
  subscriptions.set(request.id, subscription);
  send(subscription);
  return () => {
    if (subscriptions.get(request.id) !== subscription) return;
    subscriptions.delete(request.id);
    if (socket?.connected) socket.emit('unsubscribe', { id: request.id });
  };
}
