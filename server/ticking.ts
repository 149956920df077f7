/** The service's heartbeat: works out the model, keeps ingest in order, samples the history. */
import { MISSING, readSignal } from '../twin/index.ts';
import { seldom } from './log.ts';
import type { Service } from './service.ts';

/** History takes a sample a minute of the service's clock. */
const HISTORY_EVERY_MS = 60_000;

export function startTicking(service: Service, everyMs: number): NodeJS.Timeout {
  const { live, log } = service;
  const sampleHistory = historySampler(service);
  // A broken tick must be seen, and must not stop the next one.
  const failed = seldom((err: unknown, unsaid) => log.error({ err, unsaid }, 'tick failed'));
  let isBusy = false;

  async function beat() {
    service.playback?.advance();
    await live.tickInParts();
    const nowMs = live.clock.now();
    service.ingest.keep(nowMs);
    service.dataDir?.keep(nowMs);
    sampleHistory(nowMs);
  }

  return setInterval(() => {
    // A site too large for its period is worked out as often as it can be.
    if (isBusy) return;
    isBusy = true;
    beat()
      .catch(failed)
      .finally(() => {
        isBusy = false;
      });
  }, everyMs);
}

function historySampler({ live, history }: Service) {
  let sampledAtMs = Number.NEGATIVE_INFINITY;
  return (nowMs: number) => {
    if (nowMs - sampledAtMs < HISTORY_EVERY_MS) return;
    sampledAtMs = nowMs;
    history.sample(nowMs, (entity, signal) => {
      const { value, quality } = readSignal(live.twin.state, signal, entity);
      return quality === MISSING ? Number.NaN : value;
    });
  };
}
