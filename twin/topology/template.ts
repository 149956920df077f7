/** Id templates and globs of the inventory. */

export type Names = Readonly<Record<string, string | number>>;

const PLACEHOLDER = /\{([a-zA-Z.]+)(?::0?(\d+))?\}/g;

/**
 * Fills `{name}` and `{name:02}` (zero-padded) from `names`.
 * @throws RangeError naming the placeholder that nothing fills.
 */
export function fill(template: string, names: Names): string {
  if (!template.includes('{')) return template;
  return template.replace(PLACEHOLDER, (_whole, name: string, width?: string) => {
    const value = names[name];
    if (value === undefined) {
      const known = Object.keys(names).join('}, {');
      throw new RangeError(`nothing fills {${name}} in '${template}'; there is {${known}}`);
    }
    return String(value).padStart(Number(width ?? 0), '0');
  });
}

export const isGlob = (text: string) => /[*?[]/.test(text);

/** What every id that a glob matches begins with. */
export const literalPrefix = (glob: string) => glob.slice(0, glob.search(/[*?[]|$/));

/** A test for a glob: `*` is any run, `?` any one character, `[12]` one of these. */
export function globTest(glob: string): (text: string) => boolean {
  if (!isGlob(glob)) return text => text === glob;
  const source = glob
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const pattern = new RegExp(`^${source}$`);
  return text => pattern.test(text);
}
