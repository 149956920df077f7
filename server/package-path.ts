/** Files of the package, in a checkout and in the packed layout, where this file is below dist/. */
import { existsSync } from 'node:fs';
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
