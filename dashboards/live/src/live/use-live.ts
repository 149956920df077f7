/** Live columns of some entities, for components that show tens of values (not for the floor). */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { anchorClock, clockSpeed } from '../clock.ts';
import { applyFrame, type Columns, createColumns, type Reading, readingAt } from './columns.ts';
import { subscribe } from './connection.ts';

export interface LiveView {
  /** Reading of a signal of the entity at a place in the list that was given. */
  read(signal: string, slot: number): Reading;
  readonly frames: number;
  readonly error: string;
}

interface LiveRequest {
  /** Name of the subscription; one place of the page, one name. */
  readonly name: string;
  readonly under: string | undefined;
  readonly kind: string;
  /** Dense indices, in the order of the slots. */
  readonly indices: readonly number[];
  readonly signals: readonly string[];
  /** When the list of entities was loaded: another list is another generation of indices. */
  readonly loadedMs: number | undefined;
}

/** Renders the component anew with every frame. */
export function useLive(request: LiveRequest): LiveView {
  const { name, under, kind, loadedMs } = request;
  const [frames, setFrames] = useState(0);
  const [error, setError] = useState('');
  const indexKey = request.indices.join();
  const signalKey = request.signals.join();
  const columns: Columns = useMemo(
    () => createColumns(indexKey ? indexKey.split(',').map(Number) : [], signalKey.split(',')),
    [indexKey, signalKey, loadedMs],
  );
  useEffect(() => {
    if (!under || columns.count === 0) return;
    setError('');
    return subscribe(
      { id: name, under, kind, signals: signalKey.split(',') },
      frame => {
        applyFrame(columns, frame, Date.now());
        anchorClock(frame.atMs, clockSpeed());
        setFrames(count => count + 1);
      },
      setError,
    );
  }, [name, under, kind, columns, signalKey]);
  return {
    read: (signal, slot) =>
      readingAt(columns, signal, slot, { ms: Date.now(), speed: clockSpeed() }),
    frames,
    error,
  };
}
