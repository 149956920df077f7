/** What every part of the page may need: the floor's entities, the server's status, the alerts. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Alert, Status } from './api/types.ts';
import type { FloorEntities } from './floor/use-floor.ts';
import { createStore } from './store.ts';

export interface AppState {
  readonly floor: FloorEntities;
  readonly status?: Status;
  readonly alerts: readonly Alert[];
  /** Whether the alerts have been told at all, and why not of late. */
  readonly alertsAnswer: { readonly isLoaded: boolean; readonly error?: string | undefined };
}

const EMPTY: AppState = {
  floor: { all: [], racks: [], isLoaded: false },
  alerts: [],
  alertsAnswer: { isLoaded: false },
};

export const AppContext = createContext<AppState>(EMPTY);
export const useApp = () => useContext(AppContext);

/** Racks that the last what-if chose, with the text to mark each by. */
export const chosenStore = createStore<ReadonlyMap<string, string>>(new Map());
/** Rack under the keyboard cursor. */
export const cursorStore = createStore<string | undefined>(undefined);
