import { packageText } from '../../model/package-text.js';
import type { PartialEntry } from '../trie/values.js';
import type { ListedPackage, ListFormat, ListInput } from './format.js';
import { checked } from './json.js';
import { rootedText } from './paths-of-lists.js';
import { type RepromanPackage, type RepromanSpec, repromanOf } from './reproman-packages.js';
import { repromanSchema } from './reproman-schema.js';
import { yamlIn, yamlOf } from './yaml.js';

/** Specs of ReproMan (and of NICEMAN, as it was called before): packages with the files that were traced, and others. */
export const reproman: ListFormat = {
  title: 'spec of ReproMan',
  made: 'reproman retrace PATH, of the ReproMan in Python',
  isLike: ({ text }) =>
    /^# (?:ReproMan|NICEMAN) Environment Configuration File/m.test(text) || /^version: *["']?0\.0\.\d/m.test(text),
  async *read(input: ListInput) {
    const spec = specIn(await yamlOf(input, reproman), input.where);
    const packages = new Map<string, ListedPackage>();
    const entries: PartialEntry[] = [];
    for (const each of spec.packages) {
      const { files, version = '', distribution, name, architecture, at } = each;
      const listed = { distribution, name, version, ...(architecture && { architecture }), ...(at && { at }) };
      packages.set(packageText(listed), listed);
      entries.push(...files.map((file) => ({ path: placeOf(file, each), package: packageText(listed) })));
    }
    input.tell({ packages: [...packages.values()], ...(spec.system && { system: spec.system }) });
    yield [...entries, ...spec.files.map((file) => ({ path: rootedText(file) }))];
  },
};

/** Reads a spec of ReproMan; undefined of what is something else. `where`: for messages. */
export function readReproman(content: string, where: string): RepromanSpec | undefined {
  const bytes = Buffer.from(content.slice(0, 1 << 16), 'utf8');
  if (!reproman.isLike({ bytes, text: bytes.toString('latin1') })) return undefined;
  return specIn(yamlIn(content, reproman, where), where);
}

function specIn(value: unknown, where: string): RepromanSpec {
  return repromanOf(checked(repromanSchema, value, reproman, where));
}

/** Files of environments and repositories are seen from their folders. */
function placeOf(file: string, { at, folder = at }: RepromanPackage) {
  return rootedText(file.startsWith('/') || folder === undefined ? file : `${folder}/${file}`);
}
