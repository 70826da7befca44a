import { fieldOf, type Stanza } from '../../archives/apt/deb822.js';
import { datedStanzas } from '../../archives/apt/snapshot/dated-index.js';
import { archiveOf } from '../../archives/apt/snapshot/debian-layout.js';
import { timestampOf } from '../../archives/apt/snapshot/timestamp.js';
import type { Asking } from '../../archives/service.js';
import { reasonOf } from '../../errors.js';
import type { ArtifactOrigin, PlannedPackage } from '../../model/plan.js';

/** A source package of one version, and what is to be built of it. */
export interface WantedSource {
  readonly name: string;
  readonly version: string;
  /** `+b1` of packages that their archive built again under a version that the source does not have. */
  readonly rebuild?: string;
  readonly packages: readonly PlannedPackage[];
}

/** A source package as an index lists it. */
export interface SourcePackage {
  readonly stanza: Stanza;
  /** Its files, each by its SHA-256. */
  readonly files: readonly PlannedPackage[];
  /** When the archive had it, in seconds since 1970; absent where that is now. */
  readonly at?: number;
  readonly evidence: string;
}

/** The archives that listed a package, as they are now and as snapshots have them of the time when they did. */
export async function findSource(
  wanted: WantedSource,
  snapshots: readonly string[],
  asking: Asking,
): Promise<SourcePackage | undefined> {
  const origins = wanted.packages.flatMap(({ artifact }) => artifact.origins ?? []);
  const tried = new Set<string>();
  for (const place of origins.flatMap((origin) => placesOf(origin, snapshots))) {
    const { uri, suite, component, signature, at } = place;
    const where = `${uri} ${suite}/${component}`;
    if (tried.has(where)) continue;
    tried.add(where);
    const index = `${component}/source/Sources`;
    try {
      const dated = { uri, suite, index, signature, at: at ?? Date.now() / 1000 };
      const stanzas = await datedStanzas(dated, (name) => name === wanted.name, asking);
      const stanza = stanzas.find((each) => each['Version'] === wanted.version);
      if (stanza) return { ...sourceOf(stanza, uri, where), ...(at !== undefined && { at }) };
      tell(wanted, asking, `${where}: it lists no source of that version`);
    } catch (error) {
      asking.signal?.throwIfAborted();
      tell(wanted, asking, `${where}: its sources cannot be read (${reasonOf(error)})`);
    }
  }
  if (tried.size === 0) tell(wanted, asking, 'no archive is known that may have its source');
  return undefined;
}

/** Says of all packages of a source why they are not built. */
export function tell({ packages }: WantedSource, { lacks }: Pick<Asking, 'lacks'>, reason: string): void {
  for (const planned of packages) lacks(planned, reason);
}

type SourcePlace = Required<Pick<ArtifactOrigin, 'uri' | 'suite' | 'component' | 'signature'>> & {
  readonly at?: number;
};

function placesOf(origin: ArtifactOrigin, snapshots: readonly string[]): SourcePlace[] {
  const { uri, suite, component, date, signature = {} } = origin;
  if (suite === undefined || component === undefined) return [];
  const what = { suite, component, signature };
  const archive = archiveOf(origin);
  const at = Date.parse(date ?? '') / 1000;
  const dated = archive === undefined || Number.isNaN(at) ? [] : snapshots;
  return [
    ...(uri === undefined ? [] : [{ uri, ...what }]),
    ...dated.map((base) => ({ uri: `${base}/archive/${archive}/${timestampOf(at)}`, at, ...what })),
  ];
}

/** https://wiki.debian.org/DebianRepository/Format#A.22Sources.22_Indices: `hash size name` in each line of the checksums. */
function sourceOf(stanza: Stanza, uri: string, where: string): SourcePackage {
  const folder = fieldOf(stanza, 'Directory') ?? '.';
  const lines = (fieldOf(stanza, 'Checksums-Sha256') ?? '').split('\n');
  const files = lines.flatMap((line): PlannedPackage[] => {
    const [, value, size, name] = /^\s*([0-9a-f]{64})\s+(\d+)\s+([^/\s]+)\s*$/.exec(line) ?? [];
    if (value === undefined || name === undefined) return [];
    const digest = { algorithm: 'sha256', value } as const;
    const artifact = { name, digest, size: Number(size), urls: [`${uri}/${encodeURI(`${folder}/${name}`)}`] };
    return [{ distribution: 'debian', name, version: stanza['Version'] ?? '', used: true, artifact }];
  });
  return { stanza, files, evidence: `its source is listed by ${where}` };
}
