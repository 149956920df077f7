/** What the floor shows: which racks there are, where they stand, and their live cells. */
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { type Frame, SIGNAL_INDEX, SIGNALS } from '../../../../twin/index.ts';
import { get, getAll, query } from '../api/client.ts';
import { useResource } from '../api/resource.ts';
import type { Entity, EntityState, Limit, Page } from '../api/types.ts';
import { anchorClock, clockSpeed } from '../clock.ts';
import { applyFrame, type Columns, createColumns } from '../live/columns.ts';
import { subscribe } from '../live/connection.ts';
import { createStore, type Store } from '../store.ts';
import { type Cells, computeCells } from './cells.ts';
import type { Placeable } from './layout.ts';
import { limitSignalOf, noLimits, type RackLimits, rackLimits, type ToldLimits } from './limits.ts';
import { canRelate, floorSignals, isCapacity } from './signals.ts';

const FLOOR_KINDS = ['site', 'hall', 'row', 'rack', 'pdu', 'crah', 'cdu'] as const;
/** Limits are of the topology, and loaded with it; only what failed is asked for again. */
const LIMITS_AGAIN_MS = 30_000;

export interface FloorEntities {
  readonly site?: Entity;
  readonly all: readonly Entity[];
  readonly racks: readonly Entity[];
  readonly error?: string;
  readonly isLoaded: boolean;
  /** When the last of the lists came. */
  readonly loadedMs?: number;
}

export function useFloorEntities(): FloorEntities {
  const lists = FLOOR_KINDS.map(kind =>
    // A constant list, always in the same order.
    useResource<Entity[]>(`entities?kind=${kind}`, { all: true }),
  );
  const values = lists.map(list => list.value);
  const error = lists.find(list => list.error)?.error;
  return useMemo(() => {
    // All at once: a floor that grew list by list would be laid out and subscribed each time.
    const isLoaded = values.every(value => value !== undefined);
    const all = isLoaded ? values.flatMap(value => value ?? []) : [];
    const racks = all.filter(entity => entity.kind === 'rack');
    const site = all.find(entity => entity.kind === 'site');
    const loadedMs = Math.max(...lists.map(list => list.loadedMs ?? 0));
    const base = { all, racks, isLoaded, loadedMs };
    return { ...base, ...(site ? { site } : {}), ...(error ? { error } : {}) };
    // The lists are the dependencies.
  }, [...values, error]);
}

export const placeables = (floor: FloorEntities): readonly Placeable[] => floor.all;

export interface FloorLive {
  readonly columns: Columns;
  readonly cells: Store<Cells | undefined>;
  readonly told: Store<ToldLimits | undefined>;
  readonly limits: Store<RackLimits>;
  readonly error: Store<string>;
}

/** `isRelative`: as a part of the limit; undefined leaves it to the signal. */
export function useFloorLive(
  floor: FloorEntities,
  signal: string,
  isRelative: boolean | undefined,
): FloorLive {
  const live = useMemo(() => {
    const indices = floor.racks.map(rack => rack.index);
    return {
      columns: createColumns(indices, floorSignals(signal)),
      cells: createStore<Cells | undefined>(undefined),
      told: createStore<ToldLimits | undefined>(undefined),
      limits: createStore<RackLimits>({ ...noLimits(indices.length), isWaiting: true }),
      error: createStore<string>(''),
    };
  }, [floor.racks, signal]);
  const relativeRef = useRef(isRelative);
  relativeRef.current = isRelative;
  const site = floor.site?.id;
  useEffect(() => follow(live, floor, signal, () => relativeRef.current), [live, floor, signal]);
  useEffect(() => loadLimits(live, floor, signal), [live, floor, signal]);
  // The mode changes what cells mean.
  useEffect(() => recompute(live, signal, isRelative, true), [isRelative, site]);
  return live;
}

const columnOf = ({ columns }: FloorLive, signal: string | undefined) =>
  columns.bySignal.get(SIGNAL_INDEX.get(signal ?? '') ?? -1);

function recompute(
  live: FloorLive,
  signal: string,
  wish: boolean | undefined,
  isReset = false,
): void {
  const limits = live.limits.get();
  const hasLimits = limits.values.some(limit => Number.isFinite(limit));
  const isRelative =
    hasLimits && limits.compare === 'max' && canRelate(signal) && (wish ?? isCapacity(signal));
  const last = live.cells.get();
  // A domain made of no values is none to hold on to.
  const hasValues = last !== undefined && last.counts.current + last.counts.stale > 0;
  const isSame = !isReset && hasValues && last.isRelative === isRelative;
  const before = isSame ? last.domain : undefined;
  const cells = computeCells({
    signal,
    isRelative,
    column: columnOf(live, signal),
    limits: limits.values,
    compare: limits.compare,
    count: live.columns.count,
    ...(limits.of ? { limitOf: limits.of } : {}),
    ...(before ? { before } : {}),
  });
  live.cells.set(cells);
}

function follow(
  live: FloorLive,
  floor: FloorEntities,
  signal: string,
  wish: () => boolean | undefined,
): (() => void) | undefined {
  if (!floor.site || live.columns.count === 0) return undefined;
  const limitSignal = limitSignalOf(signal);
  const limit = () => {
    const told = live.told.get();
    const capacity = columnOf(live, limitSignal)?.values;
    if (told) live.limits.set(rackLimits({ signal, racks: floor.racks, capacity, ...told }));
  };
  const stopTold = live.told.watch(limit);
  const stopLimits = live.limits.watch(() => recompute(live, signal, wish()));
  const stop = subscribe(
    { id: 'floor', under: floor.site.id, kind: 'rack', signals: floorSignals(signal) },
    frame => {
      applyFrame(live.columns, frame, Date.now());
      anchorClock(frame.atMs, clockSpeed());
      if (live.error.get()) live.error.set('');
      if (brings(frame, limitSignal)) limit();
      recompute(live, signal, wish());
    },
    live.error.set,
  );
  return () => {
    stopTold();
    stopLimits();
    stop();
  };
}

const brings = ({ sections }: Frame, id: string | undefined) =>
  sections.some(({ signal, entities }) => SIGNALS[signal]?.id === id && entities.length > 0);

function loadLimits(live: FloorLive, floor: FloorEntities, signal: string): () => void {
  const abort = new AbortController();
  let timer = 0;
  const load = async () => {
    if (!floor.site) return;
    const path = `state?${query({ kind: 'rack', under: floor.site.id, signals: signal })}`;
    try {
      const [states, { items }] = await Promise.all([
        getAll<EntityState>(path, abort.signal),
        get<Page<Limit>>('limits', abort.signal),
      ]);
      live.told.set({ states, table: items });
    } catch (error) {
      if (abort.signal.aborted) return;
      live.error.set(`limits: ${error instanceof Error ? error.message : String(error)}`);
      timer = setTimeout(load, LIMITS_AGAIN_MS);
    }
  };
  load();
  return () => {
    abort.abort();
    clearTimeout(timer);
  };
}
