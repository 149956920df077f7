/** What this page saw of an entity since it was opened, by signal: for what has no kept history. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { EntityState } from '../api/types.ts';
import type { Points } from './history-chart.tsx';

/** At a state every few seconds this is about an hour. */
const POINTS_MAX = 900;

type Trace = ReadonlyMap<string, Points>;

export function useTrace(state: EntityState | undefined): Trace {
  const points = useRef(new Map<string, Points>());
  const [trace, setTrace] = useState<Trace>(new Map());
  useEffect(() => {
    if (!state) return;
    for (const [signal, { value, at }] of Object.entries(state.signals)) {
      if (typeof value !== 'number' || !at) continue;
      const before = points.current.get(signal) ?? [];
      const atMs = Date.parse(at);
      if (before.at(-1)?.[0] === atMs) continue;
      points.current.set(signal, [...before.slice(1 - POINTS_MAX), [atMs, value]]);
    }
    setTrace(new Map(points.current));
  }, [state]);
  return trace;
}
