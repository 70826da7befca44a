import { type FilePath, pathFromText } from '../../model/file-path.js';
import { fieldIn, stanzaSpans } from './stanzas.js';

/** Versions of the packages that dpkg has installed in a tree, by `name` and by `name:architecture`. */
export async function installedDebian(
  read: (path: FilePath) => Promise<Buffer | undefined>,
): Promise<ReadonlyMap<string, string> | undefined> {
  const status = await read(pathFromText('/var/lib/dpkg/status'));
  if (status === undefined) return undefined;
  const text = status.toString('latin1');
  const versions = new Map<string, string>();
  for (const span of stanzaSpans(text)) {
    const name = fieldIn(text, span, 'Package');
    const version = fieldIn(text, span, 'Version');
    if (name === undefined || version === undefined || !fieldIn(text, span, 'Status')?.endsWith(' installed')) continue;
    const architecture = fieldIn(text, span, 'Architecture');
    versions.set(`${name}:${architecture}`, version);
    if (!versions.has(name)) versions.set(name, version);
  }
  return versions;
}
