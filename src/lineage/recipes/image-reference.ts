/** What an image is called, as `docker pull` takes it. https://github.com/distribution/reference */
export interface ImageReference {
  /** Absent of Docker Hub; of images of Singularity's own services the scheme, such as `shub`. */
  readonly registry?: string;
  /** With its namespace: `library/debian`. */
  readonly name: string;
  /** `latest` where neither a tag nor a digest is given. */
  readonly tag?: string;
  readonly digest?: string;
}

const referencePattern =
  /^(?:((?:[\w-]+\.)+[\w-]+(?::\d+)?|[\w-]+:\d+(?=\/)|localhost)\/)?([\w][\w./-]*?)(?::([\w][\w.-]{0,127}))?(?:@([a-z0-9+._-]+:[0-9a-fA-F]+))?$/i;
const hubNames = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com']);

/** Reads a name; undefined of what cannot be one. Schemes such as `docker://` are understood. */
export function parseImageReference(text: string): ImageReference | undefined {
  const [, scheme, rest = ''] = /^(?:([a-z][a-z-]*):\/\/)?(.*)$/s.exec(text.trim()) ?? [];
  const match = referencePattern.exec(rest);
  if (!match?.[2] || match[2].endsWith('/') || match[2].includes('//')) return undefined;
  const [, host, path, tag, digest] = match;
  const isHub = host === undefined || hubNames.has(host.toLowerCase());
  const foreign = scheme !== undefined && !scheme.startsWith('docker') && scheme !== 'oci' ? scheme : undefined;
  const registry = isHub ? foreign : host.toLowerCase();
  return {
    ...(registry !== undefined && { registry }),
    name: registry === undefined && !path.includes('/') ? `library/${path}` : path,
    ...(tag !== undefined || digest === undefined ? { tag: tag ?? 'latest' } : {}),
    ...(digest !== undefined && { digest: digest.toLowerCase() }),
  };
}

/** The name that stands for all tags: `library/debian`, `ghcr.io/owner/tool`. */
export function repositoryOf({ registry, name }: ImageReference): string {
  return registry === undefined ? name : `${registry}/${name}`;
}

/** As people write it: without `library/`, with the tag or digest. */
export function showImage(reference: ImageReference): string {
  const { tag, digest } = reference;
  const name = repositoryOf(reference).replace(/^library\//, '');
  return `${name}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** Whether what was asked for is what something is called: where a digest is given it decides, else the tag. */
export function isSameImage(asked: ImageReference, known: ImageReference): boolean {
  if (asked.digest !== undefined && known.digest !== undefined) return asked.digest === known.digest;
  if (repositoryOf(asked) !== repositoryOf(known)) return false;
  return asked.tag === undefined ? asked.digest === known.digest : asked.tag === known.tag;
}

/** A name as files are called after it: `library/debian:12` and `debian_12` have the same. */
export function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/^(?:[a-z][a-z-]*:\/\/)/, '')
    .replace(/^(?:docker\.io\/)?(?:library\/)?/, '')
    .replace(/:latest$/, '')
    .replaceAll(/[^a-z0-9.]+/g, '-');
}
