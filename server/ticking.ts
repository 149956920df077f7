/** The service's heartbeat: works out the model, keeps ingest in order, samples the history. */
import { valueToKeep } from './history/value-to-keep.ts';
import { seldom } from './log.ts';
import type { Service } from './service.ts';

/** History takes a sample a minute of the service's clock. */
const HISTORY_EVERY_MS = 60_000;

/**
 * So many times what a tick took is left to everything else before the next one, so that ticks take
 * a tenth of the time at most; but no longer than the second value, since alerts wait for it.
 */
const REST_RATIO = 9;
const LONGEST_REST_MS = 1000;

/** @param everyMs from one tick to the next where they are short. @returns what stops it */
export function startTicking(service: Service, everyMs: number): () => void {
  const { live, log } = service;
  const sampleHistory = historySampler(service);
  // A broken tick must be seen, and must not stop the next one.
  const failed = seldom((err: unknown, unsaid) => log.error({ err, unsaid }, 'tick failed'));
  let timer: NodeJS.Timeout | undefined;
  let isOn = true;

  async function beat() {
    const startedMs = performance.now();
    try {
      service.playback?.advance();
      await live.tickInParts();
      const nowMs = live.clock.now();
      service.ingest.keep(nowMs);
      service.dataDir?.keep(nowMs);
      sampleHistory(nowMs);
    } catch (error) {
      failed(error);
    }
    const restMs = Math.min(LONGEST_REST_MS, REST_RATIO * live.lastTick.tookMs);
    const leftMs = startedMs + everyMs - performance.now();
    if (isOn) timer = setTimeout(beat, Math.max(leftMs, restMs));
  }

  timer = setTimeout(beat, everyMs);
  return () => {
    isOn = false;
    clearTimeout(timer);
  };
}

function historySampler({ live, history }: Service) {
  let sampledAtMs = Number.NEGATIVE_INFINITY;
  return (nowMs: number) => {
    if (nowMs - sampledAtMs < HISTORY_EVERY_MS) return;
    sampledAtMs = nowMs;
    history.sample(nowMs, (entity, signal) => valueToKeep(live.twin.state, signal, entity));
  };
}
