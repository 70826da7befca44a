import { createReadStream } from 'node:fs';
import { z } from 'zod';
import { type FilePath, parsePath } from '../../model/file-path.js';
import { pathTextSchema } from '../../model/schemas.js';
import type { Unpacked } from '../../packaging/distribution.js';
import { type Opened, type PackageInfo, packedMembers, readInfo } from './archive.js';
import { replacePrefix } from './replace-prefix.js';

/** What has to be known beside the package to put it in place. */
export const installingSchema = z.strictObject({
  file: z.string().describe('the file name, which says how the package is packed'),
  prefix: pathTextSchema,
  sitePackages: z.string().optional().describe('where the Python of the prefix looks for modules, below the prefix'),
  umask: z.int().nonnegative().describe('what its files are without'),
  replaced: z.int().describe('the date of files that the prefix was put into'),
});

export type Installing = z.infer<typeof installingSchema>;

/** A local package as it lies below its prefix. */
export function extractConda(file: string, details: unknown): AsyncIterable<Unpacked> {
  const installing = installingSchema.parse(details);
  return installed(() => createReadStream(file), installing);
}

/** What a package makes below its prefix, scripts that start its programs and compiled Python excepted. */
export async function* installed(open: Opened, installing: Installing): AsyncGenerator<Unpacked> {
  const { file, replaced, sitePackages, umask } = installing;
  const prefix = Buffer.from(parsePath(installing.prefix), 'latin1');
  const info = await readInfo(open, file);
  const place = placing(info, sitePackages);
  for await (const member of packedMembers(open, file)) {
    const { path, type, target } = member;
    const placed = {
      ...member,
      mode: type === 'file' ? member.mode & ~umask : member.mode,
      path: place(path),
      ...(type === 'hardlink' && target !== undefined ? { target: place(target) } : {}),
    };
    const placeholder = type === 'file' ? info.placeholders.get(path.slice(1)) : undefined;
    if (placeholder === undefined) {
      yield placed;
      continue;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of member.content) chunks.push(chunk);
    const content = replacePrefix(Buffer.concat(chunks), placeholder, prefix);
    yield { ...placed, size: content.length, mtime: replaced, content: once(content) };
  }
}

/** https://docs.conda.io/projects/conda/en/latest/user-guide/concepts/packages.html#noarch-python-packages */
function placing({ isNoarchPython }: PackageInfo, sitePackages = 'lib/site-packages') {
  return (path: FilePath): FilePath => {
    if (!isNoarchPython) return path;
    return path.replace(/^\/site-packages\//, `/${sitePackages}/`).replace(/^\/python-scripts\//, '/bin/') as FilePath;
  };
}

async function* once(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}
