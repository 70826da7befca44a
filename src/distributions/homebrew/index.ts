import { z } from 'zod';
import { type FilePath, joinPath, parentPath, pathFromText } from '../../model/file-path.js';
import { prefixDistribution } from '../../packaging/prefix/distribution.js';
import { type Description, type Records, upTo } from '../../packaging/prefix/kind.js';

/** `Cellar/FORMULA/VERSION`: https://docs.brew.sh/Formula-Cookbook#homebrew-terminology */
const kegOf = upTo(/\/Cellar\/[^/]+\/[^/]+/);
const receiptName = 'INSTALL_RECEIPT.json';

const receiptSchema = z.looseObject({
  poured_from_bottle: z.boolean().nullish(),
  built_on: z.looseObject({ os: z.string().nullish(), os_version: z.string().nullish() }).nullish(),
  source: z.looseObject({ tap: z.string().nullish(), tap_git_head: z.string().nullish() }).nullish(),
  runtime_dependencies: z
    .array(z.looseObject({ full_name: z.string(), version: z.string().nullish(), pkg_version: z.string().nullish() }))
    .nullish(),
});

/** Formulae that Homebrew installed: each version is a keg in the Cellar, with its receipt. */
export const homebrew = prefixDistribution({
  name: 'homebrew',
  title: 'formulae of Homebrew',
  prefixOf: kegOf,
  records: (keg) => [joinPath(keg, receiptName)],
  describe: describeKeg,
});

function describeKeg(keg: FilePath, records: Records): Description | undefined {
  const content = records.get(joinPath(keg, receiptName));
  if (!content) return undefined;
  const receipt = receiptSchema.parse(JSON.parse(content.toString('utf8')));
  const [cellar, formula, version] = [parentPath(parentPath(keg)), nameOf(parentPath(keg)), nameOf(keg)];
  const { tap, tap_git_head: commit } = receipt.source ?? {};
  return {
    name: formula,
    version,
    details: {
      ...(tap ? { tap } : {}),
      ...(commit ? { commit } : {}),
      made: receipt.poured_from_bottle ? 'poured from a bottle' : 'built from source',
    },
    neededRecords: (receipt.runtime_dependencies ?? []).flatMap((each) => {
      const wanted = each.pkg_version ?? each.version;
      // A formula of a tap is named with it: user/repository/formula.
      const name = each.full_name.split('/').at(-1) ?? '';
      return wanted ? [`${cellar}/${asPattern(name)}/${asPattern(wanted)}/${receiptName}`] : [];
    }),
  };
}

function nameOf(folder: FilePath): string {
  return folder.slice(folder.lastIndexOf('/') + 1);
}

/** What would be a pattern of its own matches any one character. */
function asPattern(text: string): string {
  return pathFromText(text).replace(/[*?[\]{}\\/]/g, '?');
}
