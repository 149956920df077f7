/** The service's heartbeat: works out the model, keeps ingest in order, samples the history. */
import { MISSING, readSignal } from '../twin/index.ts';
import type { Service } from './service.ts';

/** History takes a sample a minute of the service's clock. */
const HISTORY_EVERY_MS = 60_000;

export function startTicking(service: Service, everyMs: number): NodeJS.Timeout {
  const { live, ingest, history, log } = service;
  let sampledAtMs = Number.NEGATIVE_INFINITY;
  return setInterval(() => {
    try {
      service.playback?.advance();
      live.tick();
      const nowMs = live.clock.now();
      ingest.keep(nowMs);
      service.dataDir?.keep(nowMs);
      if (nowMs - sampledAtMs < HISTORY_EVERY_MS) return;
      sampledAtMs = nowMs;
      history.sample(nowMs, (entity, signal) => {
        const { value, quality } = readSignal(live.twin.state, signal, entity);
        return quality === MISSING ? Number.NaN : value;
      });
    } catch (error) {
      // A broken tick must be seen, and must not stop the next one.
      log.error({ err: error }, 'tick failed');
    }
  }, everyMs);
}
