/**
 * Where things of the package are: a checkout runs TypeScript as it stands, the packed package runs
 * JavaScript from one folder further down, dist/.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Path of a file of the package; undefined when neither layout has it. */
export function packagePath(path: string): string | undefined {
  const places = [
    new URL(`../${path}`, import.meta.url),
    new URL(`../../${path}`, import.meta.url),
  ];
  const found = places.find(place => existsSync(place));
  return found && fileURLToPath(found);
}

export function packageVersion(): string {
  const file = packagePath('package.json');
  if (!file) return '0.0.0';
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** A module by its path from another one: `.ts` in a checkout, `.js` in the package. */
export const moduleBeside = (name: string, importMetaUrl: string) =>
  new URL(`./${name}${importMetaUrl.endsWith('.ts') ? '.ts' : '.js'}`, importMetaUrl);
