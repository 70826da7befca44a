import { existsSync } from 'node:fs';

/** `PLACE` and `NAME` of `PLACE:NAME`. A path may have colons, and so may a name: what is there is the path. */
export function splitAtName(text: string): readonly [place: string, name: string | undefined] {
  for (let at = text.indexOf(':'); at > 0; at = text.indexOf(':', at + 1)) {
    if (existsSync(text.slice(0, at))) return [text.slice(0, at), text.slice(at + 1)];
  }
  return [text, undefined];
}
