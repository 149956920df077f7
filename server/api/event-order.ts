/**
 * The order of events from clocks that are not exactly known. Each event happened somewhere within
 * `atMs +- uncertaintyMs`; where two such intervals overlap, nothing says which came first.
 */

interface TimedEvent {
  readonly atMs: number;
  readonly uncertaintyMs: number;
}

interface Ordered<T> {
  readonly event: T;
  /** Epoch ms from which the event's group can have begun: the same for all of one group. */
  readonly groupMs: number;
}

/**
 * Newest first. Events of one group are linked by pairs that overlap, so that between groups, and only
 * there, the order is certain.
 */
export function inOrder<T extends TimedEvent>(events: readonly T[]): Ordered<T>[] {
  const startMs = (event: T) => event.atMs - event.uncertaintyMs;
  const byStart = [...events].sort((a, b) => startMs(a) - startMs(b));
  let groupMs = Number.NEGATIVE_INFINITY;
  let endMs = Number.NEGATIVE_INFINITY;
  const ordered = byStart.map(event => {
    if (startMs(event) >= endMs) groupMs = startMs(event);
    endMs = Math.max(endMs, event.atMs + event.uncertaintyMs);
    return { event, groupMs };
  });
  return ordered.sort((a, b) => b.groupMs - a.groupMs || b.event.atMs - a.event.atMs);
}
