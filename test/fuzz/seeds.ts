/** Inputs that once broke something, or would break it if a check were left out. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const SEEDS = new URL('./seeds/', import.meta.url);

export function seedsOf(target: string): Buffer[] {
  const folder = new URL(`${target}/`, SEEDS);
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).sort();
  return names.map(name => readFileSync(new URL(name, folder)));
}
