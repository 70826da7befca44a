import { z } from 'zod';

const versionsSchema = z.record(z.string(), z.string()).catch({});
const bundleSchema = z
  .union([z.boolean(), z.array(z.string())])
  .optional()
  .catch(undefined);

/** What is read of a package.json; what is not as it should be is taken as absent, as npm does. */
const packageJsonSchema = z.looseObject({
  name: z.string().optional().catch(undefined),
  version: z.string().optional().catch(undefined),
  dependencies: versionsSchema.optional(),
  optionalDependencies: versionsSchema.optional(),
  peerDependencies: versionsSchema.optional(),
  bundleDependencies: bundleSchema,
  bundledDependencies: bundleSchema,
  scripts: versionsSchema.optional(),
  bin: z
    .union([z.string(), z.record(z.string(), z.string())])
    .optional()
    .catch(undefined),
  /** Written into it by npm before version 7. */
  _resolved: z.string().optional().catch(undefined),
  _integrity: z.string().optional().catch(undefined),
});

export type PackageJson = z.infer<typeof packageJsonSchema>;

/** Reads a package.json: https://docs.npmjs.com/cli/configuring-npm/package-json; undefined where it is none. */
export function parsePackageJson(content: Buffer): PackageJson | undefined {
  try {
    return packageJsonSchema.parse(JSON.parse(content.toString('utf8').replace(/^\uFEFF/, '')));
  } catch {
    return undefined;
  }
}

/** Whether packages come inside its own archive, so that those in its node_modules folder are part of it. */
export function bundles({ bundleDependencies, bundledDependencies }: PackageJson): boolean {
  const bundle = bundleDependencies ?? bundledDependencies;
  return bundle === true || (Array.isArray(bundle) && bundle.length > 0);
}

/** Whether its installation runs programs, which may make files. */
export function hasInstallScript({ scripts = {} }: PackageJson): boolean {
  return ['preinstall', 'install', 'postinstall'].some((name) => name in scripts);
}

/** The names of its programs: https://docs.npmjs.com/cli/configuring-npm/package-json#bin */
export function programNames({ name = '', bin }: PackageJson): string[] {
  if (bin === undefined) return [];
  return typeof bin === 'string' ? [name.replace(/^@[^/]+\//, '')] : Object.keys(bin);
}

/** The name of what lies at a place such as `node_modules/a/node_modules/@scope/b`. */
export function packageName(place: string): string {
  return place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
}
