/** What METADATA or PKG-INFO says of a package. https://packaging.python.org/specifications/core-metadata/ */
export interface CoreMetadata {
  readonly name: string;
  readonly version: string;
  /** As written: see `parseRequirement`. */
  readonly requires: readonly string[];
}

const validName = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;

/** Reads the headers, up to the first empty line; undefined where there is no name, or none that is one, or no version. */
export function parseMetadata(content: Buffer): CoreMetadata | undefined {
  const headers = content.toString('latin1', 0, endOfHeaders(content));
  const requires: string[] = [];
  let name: string | undefined;
  let version: string | undefined;
  // A header goes on where a line begins with white space.
  for (const line of headers.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const [, field, value = ''] = /^(Name|Version|Requires-Dist):\s*(.*?)\s*$/.exec(line) ?? [];
    if (field === 'Name') name ??= value;
    else if (field === 'Version') version ??= value;
    else if (field === 'Requires-Dist') requires.push(value);
  }
  return name && version && validName.test(name) ? { name, version, requires } : undefined;
}

/** Where the first empty line is: of the description behind it, which is most of many files, no text is made. */
function endOfHeaders(content: Buffer): number {
  const plain = content.indexOf('\n\n');
  const before = plain < 0 ? content : content.subarray(0, plain);
  const returned = before.indexOf('\n\r\n');
  return returned < 0 ? before.length : returned;
}

/** Reads setuptools' `requires.txt` as requirements: a section `[extra:marker]` is a condition on its lines. */
export function parseRequiresText(content: Buffer): string[] {
  const requires: string[] = [];
  let conditions: string[] = [];
  for (const raw of content.toString('latin1').split(/\r?\n/)) {
    const line = raw.trim();
    if (line === '') continue;
    const [, section] = /^\[(.*)\]$/.exec(line) ?? [];
    if (section === undefined) {
      requires.push(conditions.length === 0 ? line : `${line} ; ${conditions.join(' and ')}`);
      continue;
    }
    const [extra = '', ...marker] = section.split(':');
    conditions = [
      ...(marker.length === 0 ? [] : [`(${marker.join(':')})`]),
      ...(extra === '' ? [] : [`extra == '${extra}'`]),
    ];
  }
  return requires;
}
