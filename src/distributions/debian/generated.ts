import picomatch from 'picomatch';
import type { Machine } from '../../machines/machine.js';
import type { FilePath } from '../../model/file-path.js';
import type { Owner } from '../../model/owner.js';
import type { PackageIndex } from './closure.js';
import { type GeneratedRule, generatedRules } from './generated-rules.js';
import type { DpkgPackage } from './package.js';

/** A path that a rule explains, with the package that makes it. */
interface Generated {
  readonly rule: GeneratedRule;
  readonly by: DpkgPackage;
  readonly onCreate: NonNullable<Owner['onCreate']>;
}

const matchers = generatedRules.map((rule) => ({
  rule,
  pattern: anyOf(rule.paths.map((glob) => picomatch.makeRe(glob, { dot: true }))),
}));

const anyRule = anyOf(matchers.map(({ pattern }) => pattern));

function anyOf(patterns: readonly RegExp[]): RegExp {
  return new RegExp(patterns.map(({ source }) => source).join('|'));
}

/** Which of the canonical paths, that no package lists, were made by an installed package. */
export async function findGenerated(
  paths: readonly FilePath[],
  index: PackageIndex,
  machine: Machine,
): Promise<Map<FilePath, Generated>> {
  const found = new Map<FilePath, { rule: GeneratedRule; by: DpkgPackage }>();
  for (const path of paths) {
    const rule = generatedRule(path);
    const by = rule?.by.map((name) => index.named(name)[0]).find((each) => each !== undefined);
    if (rule && by) found.set(path, { rule, by });
  }
  for (const path of await missing([...found.keys()], machine)) found.delete(path);
  const changed = await changedByPeople(found, machine);
  return new Map(
    [...found].map(([path, { rule, by }]) => [
      path,
      { rule, by, onCreate: changed.has(path) ? 'carry' : rule.onCreate },
    ]),
  );
}

function generatedRule(path: FilePath): GeneratedRule | undefined {
  return anyRule.test(path) ? matchers.find(({ pattern }) => pattern.test(path))?.rule : undefined;
}

/** Of files with a template: those that differ from it; of those with additions: all, when there are any. */
async function changedByPeople(
  found: ReadonlyMap<FilePath, { readonly rule: GeneratedRule }>,
  machine: Machine,
): Promise<Set<FilePath>> {
  const changed = new Set<FilePath>();
  const additions = new Map<string, boolean>();
  const templated: { path: FilePath; template: FilePath }[] = [];
  for (const [path, { rule }] of found) {
    if (rule.template) templated.push({ path, template: rule.template as FilePath });
    if (!rule.additions) continue;
    let hasSome = additions.get(rule.additions);
    if (hasSome === undefined) {
      hasSome = await isFilled(rule.additions as FilePath, machine);
      additions.set(rule.additions, hasSome);
    }
    if (hasSome) changed.add(path);
  }
  if (templated.length === 0) return changed;
  const hashes = new Map<FilePath, string | undefined>();
  const asked = templated.flatMap(({ path, template }) => [path, template]);
  for await (const [path, entry] of machine.files.entries(asked, { hash: true })) hashes.set(path, entry?.hash);
  for (const { path, template } of templated) if (hashes.get(path) !== hashes.get(template)) changed.add(path);
  return changed;
}

async function missing(paths: readonly FilePath[], machine: Machine): Promise<FilePath[]> {
  const gone: FilePath[] = [];
  for (const [path, kind] of await machine.files.kinds(paths)) if (!kind) gone.push(path);
  return gone;
}

async function isFilled(folder: FilePath, machine: Machine): Promise<boolean> {
  const entry = await machine.files.lstat(folder);
  return entry?.type === 'directory' && (await machine.files.list(folder)).length > 0;
}
