/**
 * Looks again for the entities of series, after names were learned by which they may be found. With
 * a hundred thousand of them that takes a second, so it is done in parts, one between two ticks.
 */
import type { Logger } from 'pino';
import type { Ingest } from './ingest.ts';
import type { Identity } from './joined-ingest.ts';

interface Rebinding {
  /** Begins with a first part: the unmatched series, and those of these hosts and their parts. */
  begin(hosts: readonly number[]): void;
  /** The next part, if there is one. @returns whether there was */
  goOn(): boolean;
  /** Forgets what is left, as when all are bound anew. */
  stop(): void;
}

/** Series of one part: some 50 ms. */
const REBOUND_AT_ONCE = 20_000;

export function createRebinding(
  ingest: Ingest,
  identity: () => Identity,
  log: Logger,
  most = REBOUND_AT_ONCE,
): Rebinding {
  let concerned = new Set<number>();
  /** Id of the series at which the next part begins; -1 when all is done. */
  let resumeAt = -1;

  function part() {
    const startedMs = performance.now();
    const { topology, aliases } = identity();
    const isConcerned = (entity: number) =>
      concerned.has(entity) || concerned.has(topology.parent[entity]);
    resumeAt = ingest.rebindSome(isConcerned, resumeAt, most);
    const tookMs = Math.round(performance.now() - startedMs);
    const isThrough = resumeAt < 0;
    log.info({ names: aliases.learned().length, tookMs, isThrough }, 'joined by names learned');
  }

  return {
    begin(hosts) {
      // One that is not through begins again, with its hosts as well.
      concerned = new Set(resumeAt < 0 ? hosts : [...concerned, ...hosts]);
      // The list is made as series are bound: what is still unmatched is noted again.
      identity().unmatched.forgetBefore(Number.POSITIVE_INFINITY);
      resumeAt = 0;
      part();
    },
    goOn() {
      if (resumeAt < 0) return false;
      part();
      return true;
    },
    stop() {
      resumeAt = -1;
    },
  };
}
