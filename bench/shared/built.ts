/**
 * A module of the program as users run it: as `npm run build` made it, and not as it is made of its source while it is
 * timed. `path` is that of its source below `src`, with the ending of what it is built into.
 */
export async function built<Module>(path: string): Promise<Module> {
  return import(new URL(`../../dist/src/${path}`, import.meta.url).href);
}
