import { createHash } from 'node:crypto';
import { type FilePath, pathFromText } from '../../model/file-path.js';
import type { InstalledVersion, TreeReader } from '../../packaging/distribution.js';
import { conffilesOf } from './package.js';
import { fieldIn, parseStanza, stanzaSpans } from './stanzas.js';

const statusFile = pathFromText('/var/lib/dpkg/status');

/** Versions of the packages that dpkg has installed in a tree. */
export async function installedDebian({ read }: TreeReader): Promise<InstalledVersion | undefined> {
  const status = await read(statusFile);
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
  return async ({ name, architecture }) => versions.get(`${name}:${architecture}`) ?? versions.get(name);
}

/** Tells of a tree whether a file is a configuration file as its package ships it: dpkg keeps the MD5 of that. */
export async function settingsOfDebian({ read }: TreeReader): Promise<(path: FilePath) => Promise<boolean>> {
  const shipped = new Map<FilePath, string>();
  const text = (await read(statusFile))?.toString('latin1') ?? '';
  for (const { start, end } of stanzaSpans(text)) {
    const { Conffiles = '' } = parseStanza(text.slice(start, end));
    for (const { path, md5, obsolete } of conffilesOf(Conffiles)) if (!obsolete) shipped.set(path, md5);
  }
  return async (path) => {
    const md5 = shipped.get(path);
    const content = md5 === undefined ? undefined : await read(path);
    return content !== undefined && createHash('md5').update(content).digest('hex') === md5;
  };
}
