/** REST calls: the token, problem+json errors, and lists that come in pages. */
import { createStore } from '../store.ts';
import type { Page } from './types.ts';

const TOKEN_KEY = 'orrery.token';
const PAGE_LIMIT = 1000;
/** More pages than any list of the page needs: a server that never ends a list is cut off here. */
const MAX_PAGES = 200;

interface Problem {
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

export class ApiError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail ? `${problem.title}: ${problem.detail}` : problem.title);
    this.problem = problem;
  }
}

export const tokenStore = createStore<string>(localStorage.getItem(TOKEN_KEY) ?? '');
/** True when the server has refused what we sent: the token entry is shown. */
export const refusedStore = createStore<boolean>(false);

export function setToken(token: string): void {
  if (token) localStorage.setItem(TOKEN_KEY, token);
  else localStorage.removeItem(TOKEN_KEY);
  tokenStore.set(token);
  refusedStore.set(false);
}

function headers(more: Record<string, string> = {}): Record<string, string> {
  const token = tokenStore.get();
  return token ? { ...more, authorization: `Bearer ${token}` } : more;
}

async function read<T>(response: Response): Promise<T> {
  if (response.ok) return (await response.json()) as T;
  if (response.status === 401) refusedStore.set(true);
  const text = await response.text();
  throw new ApiError(problemOf(text, response));
}

function problemOf(text: string, response: Response): Problem {
  const fallback = { title: response.statusText || 'Request failed', status: response.status };
  try {
    const parsed = JSON.parse(text) as Partial<Problem> | null;
    return { ...fallback, ...parsed };
  } catch {
    // A proxy on the way may answer with a page of its own; its status still says what happened.
    return fallback;
  }
}

/** `path` under `/api/v1/`. @throws ApiError, or TypeError when the server cannot be reached. */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const init: RequestInit = { headers: headers() };
  if (signal) init.signal = signal;
  return read<T>(await fetch(`api/v1/${path}`, init));
}

/** As `get`, with a body in JSON. */
export async function post<T>(path: string, body: unknown): Promise<T> {
  return read<T>(
    await fetch(`api/v1/${path}`, {
      method: 'POST',
      headers: headers({ 'content-type': 'application/json' }),
      body: JSON.stringify(body),
    }),
  );
}

/** Every page of a list. */
export async function getAll<T>(path: string, signal?: AbortSignal): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const mark = path.includes('?') ? '&' : '?';
    const more = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const page = await get<Page<T>>(`${path}${mark}limit=${PAGE_LIMIT}${more}`, signal);
    items.push(...page.items);
    cursor = page.next;
    if (!cursor) return items;
  }
  throw new Error(`the list ${path} did not end after ${MAX_PAGES} pages`);
}

export const query = (params: Readonly<Record<string, string | number | undefined>>) =>
  new URLSearchParams(
    Object.entries(params).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, String(value)]],
    ),
  ).toString();
