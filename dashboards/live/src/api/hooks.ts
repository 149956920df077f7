/** The REST answers that several views ask for. */
import { query } from './client.ts';
import { type Resource, useResource } from './resource.ts';
import type { Entity, EntityDetail, EntityState } from './types.ts';

const STATE_EVERY_S = 4;

const enc = encodeURIComponent;

export const useEntity = (id: string | undefined): Resource<EntityDetail> =>
  useResource<EntityDetail>(id === undefined ? undefined : `entities/${enc(id)}`);

/** Everything known of one entity now, missing signals too. */
export const useEntityState = (id: string | undefined): Resource<EntityState> =>
  useResource<EntityState>(id === undefined ? undefined : `state/${enc(id)}`, {
    everyS: STATE_EVERY_S,
  });

/** Entities of a kind below one. */
export const useEntitiesUnder = (kind: string, under: string): Resource<Entity[]> =>
  useResource<Entity[]>(`entities?${query({ kind, under })}`, { all: true });

/** Some signals of some entities. */
export function useStates(
  ids: readonly string[],
  signals: readonly string[],
): Resource<EntityState[]> {
  const path = `state?${query({ ids: ids.join(), signals: signals.join() })}`;
  return useResource<EntityState[]>(ids.length > 0 ? path : undefined, {
    all: true,
    everyS: STATE_EVERY_S,
  });
}

export const classTitle = (entity: EntityDetail | undefined): string =>
  entity?.classFacts?.title ?? entity?.class ?? '';

/** A figure of an entity's class, such as `heightU`. */
export function figureOf(entity: EntityDetail | undefined, name: string): number | undefined {
  const figure = entity?.classFacts?.figures?.[name];
  return typeof figure === 'object' ? figure.value : figure;
}

/** Number of a signal in a state answer, NaN when it is absent or a text. */
export function numberOf(state: EntityState | undefined, signal: string): number {
  const value = state?.signals[signal]?.value;
  return typeof value === 'number' ? value : Number.NaN;
}
