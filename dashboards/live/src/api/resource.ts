/** A REST answer as a component sees it: kept fresh, with the error beside the last value. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { generationStore } from '../live/connection.ts';
import { useStore } from '../store.ts';
import { ApiError, get, getAll, tokenStore } from './client.ts';

export interface Resource<T> {
  readonly value?: T;
  readonly error?: string;
  /** Of the error, when the server answered at all. */
  readonly status?: number | undefined;
  /** Page clock, ms: when the value came. */
  readonly loadedMs?: number;
}

interface Options {
  /** Seconds between loads; without it the answer is loaded once per topology generation. */
  readonly everyS?: number;
  readonly all?: boolean;
  /** More of the query that differs from load to load, such as a time. */
  readonly more?: () => string;
}

/** `path` under `/api/v1/`; undefined loads nothing. */
export function useResource<T>(path: string | undefined, options: Options = {}): Resource<T> {
  const [resource, setResource] = useState<Resource<T> & { path?: string }>({});
  const generation = useStore(generationStore);
  const token = useStore(tokenStore);
  const { everyS, all } = options;
  const more = useRef(options.more);
  more.current = options.more;
  // A new generation or token loads anew.
  useEffect(() => {
    if (path === undefined) return;
    const abort = new AbortController();
    let timer = 0;
    const again = () => {
      if (everyS && !abort.signal.aborted) timer = setTimeout(load, everyS * 1000);
    };
    const load = async () => {
      // Nobody looks: the server is asked again when somebody does.
      if (document.hidden && everyS) return again();
      try {
        const asked = path + (more.current?.() ?? '');
        const value = await (all ? getAll(asked, abort.signal) : get<T>(asked, abort.signal));
        setResource({ path, value: value as T, loadedMs: Date.now() });
      } catch (error) {
        if (abort.signal.aborted) return;
        const text = error instanceof Error ? error.message : String(error);
        const status = error instanceof ApiError ? error.problem.status : undefined;
        setResource(last => ({ ...(last.path === path ? last : {}), path, error: text, status }));
        // Asking again what does not exist brings nothing.
        if (status === 400 || status === 404) return;
      }
      again();
    };
    load();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [path, everyS, all, generation, token]);
  // An answer to an earlier question is not shown under the new one.
  return resource.path === path ? resource : {};
}
