/** A module beside another one: `.ts` in a checkout, `.js` in the package. */
export const moduleBeside = (name: string, importMetaUrl: string) =>
  new URL(`./${name}${importMetaUrl.endsWith('.ts') ? '.ts' : '.js'}`, importMetaUrl);
