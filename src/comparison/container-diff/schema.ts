import { z } from 'zod';
import { titles } from './kinds.js';

const size = z.int().min(-1).describe('bytes; -1 where it is not known, or is not there');
const sized = z.strictObject({ Name: z.string(), Size: size });
const withSizes = z.strictObject({ Name: z.string(), Size1: size, Size2: size });
const withDigest = z.strictObject({ Name: z.string(), Digest: z.string(), Size: size });
const lines = z.array(z.string());

const packageRow = z.strictObject({ Name: z.string(), Path: z.string().optional(), Version: z.string(), Size: size });
const packageInfo = z.strictObject({ Version: z.string(), Size: size });
const packageInfos = z.union([packageInfo, z.array(packageInfo)]);
const infos = z.array(z.strictObject({ Package: z.string(), Info1: packageInfos, Info2: packageInfos }));
const packages = { Packages1: z.array(packageRow), Packages2: z.array(packageRow) };
const packagesDiff = z.strictObject({ ...packages, InfoDiff: infos });
const packageLayers = z.array(z.strictObject({ ...packages, InfoDiff: infos.nullable() })).nullable();

const filesDiff = z.strictObject({
  Adds: z.array(sized).nullable(),
  Dels: z.array(sized).nullable(),
  Mods: z.array(withSizes).nullable(),
});
const linesDiff = z.strictObject({ Adds: lines.nullable(), Dels: lines.nullable() });
const files = z.array(sized).nullable();

const packageTitles = [titles.apt, titles.rpm, titles.pip, titles.node, titles.emerge] as const;

/** What `reproman snapshot --format container-diff --json` prints: as `container-diff analyze --json`. */
export const containerAnalysisSchema = z.array(
  z.union([
    analysisOf([titles.file], files),
    analysisOf([titles.layer], z.array(files).nullable()),
    analysisOf([titles.aptlayer, titles.rpmlayer], packageLayers),
    analysisOf([titles.history, titles.metadata], lines),
    analysisOf([titles.size], z.array(withDigest)),
    analysisOf([titles.sizelayer], z.array(withDigest).nullable()),
    analysisOf(packageTitles, z.array(packageRow)),
  ]),
);

/** What `reproman diff --format container-diff --json` prints: as `container-diff diff --json`. */
export const containerDiffSchema = z.array(
  z.union([
    diffOf([titles.file], filesDiff),
    diffOf([titles.layer], z.strictObject({ DirDiffs: z.array(filesDiff).nullable() })),
    diffOf([titles.history, titles.metadata], linesDiff),
    diffOf([titles.size], z.array(withSizes)),
    diffOf([titles.sizelayer], z.array(withSizes).nullable()),
    diffOf(packageTitles, packagesDiff),
  ]),
);

function analysisOf(types: readonly string[], Analysis: z.ZodType) {
  return z.strictObject({ Image: z.string(), AnalyzeType: z.enum(types), Analysis });
}

function diffOf(types: readonly string[], Diff: z.ZodType) {
  return z.strictObject({ Image1: z.string(), Image2: z.string(), DiffType: z.enum(types), Diff });
}
