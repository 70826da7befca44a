import { fieldOf, parseStanza } from '../../archives/apt/deb822.js';
import { bodyOf } from '../../archives/apt/release.js';
import { DownloadError } from '../../archives/download.js';
import { downloadWhole } from '../../archives/json.js';
import type { Asking } from '../../archives/service.js';
import { reasonOf } from '../../errors.js';
import { binaryOnlyChanges } from './binary-rebuild.js';
import { tell, type WantedSource } from './source-packages.js';

/** In which environment an archive built packages of a source: deb-buildinfo(5). */
export interface BuildInfo {
  /** All that was installed there, as a package would depend on it. */
  readonly depends: string;
  /** Seconds since 1970. */
  readonly at: number;
  /** What its builder wrote into the changelog to build it again. */
  readonly changes?: string;
  readonly url: string;
}

/** What archives of .buildinfo files have of a source; they say how to build, and nothing of what comes out is taken for granted. */
export async function findBuildInfo(
  wanted: WantedSource,
  archives: readonly string[],
  native: string,
  asking: Pick<Asking, 'client' | 'signal' | 'lacks'>,
): Promise<BuildInfo | undefined> {
  const { client, signal } = asking;
  const version = `${wanted.version}${wanted.rebuild ?? ''}`.replace(/^\d+:/, '');
  const folder = wanted.name.startsWith('lib') ? wanted.name.slice(0, 4) : wanted.name.slice(0, 1);
  const architectures = new Set(wanted.packages.map(({ architecture = native }) => architecture));
  for (const base of archives) {
    for (const architecture of new Set([...architectures, native])) {
      const file = `${wanted.name}_${version}_${architecture}.buildinfo`;
      const url = `${base}/buildinfo-pool/${folder}/${wanted.name}/${encodeURIComponent(file)}`;
      try {
        const content = await downloadWhole(url, { client, ...(signal && { signal }) });
        const info = parseBuildInfo(content.toString('utf8'));
        if (info) return { ...info, url };
        tell(wanted, asking, `${url}: it does not say what was installed, and when`);
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof DownloadError && error.isGone)) tell(wanted, asking, `${url}: ${reasonOf(error)}`);
      }
    }
  }
  return undefined;
}

/** Of foreign packages nothing is taken: a build has no more than its own architecture here. */
export function parseBuildInfo(text: string): Omit<BuildInfo, 'url'> | undefined {
  const stanza = parseStanza(bodyOf(text));
  const lines = (fieldOf(stanza, 'Installed-Build-Depends') ?? '').split(',');
  const installed = lines.flatMap((line) => /^\s*([a-z0-9][a-z0-9+.-]+ \(= [^)\s]+\))\s*$/.exec(line)?.[1] ?? []);
  const at = Date.parse(fieldOf(stanza, 'Build-Date') ?? '') / 1000;
  if (installed.length === 0 || Number.isNaN(at)) return undefined;
  const changes = binaryOnlyChanges(stanza);
  return { depends: installed.join(', '), at, ...(changes !== undefined && { changes }) };
}
