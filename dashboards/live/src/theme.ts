/** Dark or light: the system's preference until the user says otherwise. */
import type { Theme } from './colour/ramp.ts';
import { createStore } from './store.ts';

const KEY = 'orrery.theme';
const system = matchMedia('(prefers-color-scheme: dark)');

const stored = (): Theme | undefined => {
  const value = localStorage.getItem(KEY);
  return value === 'dark' || value === 'light' ? value : undefined;
};

export const themeStore = createStore<Theme>('dark');

function apply(): void {
  const theme = stored() ?? (system.matches ? 'dark' : 'light');
  document.documentElement.dataset.theme = theme;
  themeStore.set(theme);
}

export function startTheme(): void {
  apply();
  system.addEventListener('change', apply);
}

export function toggleTheme(): void {
  localStorage.setItem(KEY, themeStore.get() === 'dark' ? 'light' : 'dark');
  apply();
}

/** A colour of the style sheet as the browser resolves it, for canvases. */
export function cssColour(name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}
