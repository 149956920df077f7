/** The twin's time as seen from here: it may run faster than the wall (the demo's clock). */
import { useEffect, useState } from 'preact/hooks';

interface Anchor {
  readonly atMs: number;
  readonly seenMs: number;
  readonly speed: number;
}

let anchor: Anchor = { atMs: Date.now(), seenMs: Date.now(), speed: 1 };

export function anchorClock(atMs: number, speed: number): void {
  if (Number.isFinite(atMs)) anchor = { atMs, seenMs: Date.now(), speed: speed > 0 ? speed : 1 };
}

export const clockSpeed = () => anchor.speed;
export const twinNowMs = () => anchor.atMs + (Date.now() - anchor.seenMs) * anchor.speed;

const watchers = new Set<() => void>();
setInterval(() => {
  for (const tick of watchers) tick();
}, 1000);

/** Renders the component anew each second: for ages. */
export function useTick(): void {
  const [, setCount] = useState(0);
  useEffect(() => {
    const tick = () => setCount(count => count + 1);
    watchers.add(tick);
    return () => {
      watchers.delete(tick);
    };
  }, []);
}
