import { reasonOf } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import { type FilePath, joinPath } from '../../model/file-path.js';
import type { Owner, PackageRef } from '../../model/owner.js';
import { sourceOfBytecode } from '../../packaging/python-bytecode.js';
import type { Claims, FinishContext, Finished, MayCarry, OpenContext, Reader } from '../../packaging/reader.js';
import { nameInTree, privateAmong } from '../../packaging/working-tree.js';
import { keyAtPath } from './annex-key.js';
import { type Condition, findConditions, markStaged } from './conditions.js';
import { Discovery } from './discovery.js';
import { type Findings, noFindings } from './findings.js';
import { finishGit } from './finish.js';
import { KeptContents } from './kept-contents.js';
import type { Repository } from './repository.js';
import type { GitLock, GitManifest } from './schema.js';

/** Repositories are anywhere: whether there are any shows only when paths are asked about. */
export async function openGit({ machine, mayCarry }: OpenContext): Promise<GitReader> {
  return new GitReader(machine, mayCarry);
}

class GitReader implements Reader<GitManifest, GitLock> {
  readonly #machine: Machine;
  readonly #mayCarry: MayCarry;
  readonly #discovery: Discovery;
  readonly #kept: KeptContents;
  readonly #findings = new Map<Repository, Findings>();

  constructor(machine: Machine, mayCarry: MayCarry = () => true) {
    this.#machine = machine;
    this.#mayCarry = mayCarry;
    this.#discovery = new Discovery(machine);
    this.#kept = new KeptContents(machine);
  }

  async claim(paths: readonly FilePath[]): Promise<Claims> {
    const problems = await this.#discovery.look(paths);
    const owners: Owner[] = [];
    const own: FilePath[] = [];
    for (const path of paths) {
      const { repository, tracked } = this.#discovery.locate(path) ?? {};
      if (!repository) continue;
      const { ref } = this.#findingsOf(repository);
      if (tracked === undefined) own.push(path);
      else if (isFile(tracked, repository)) owners.push({ path, state: 'owned', package: ref });
      else {
        const owner = bytecode(path, repository, ref);
        if (owner) owners.push(owner);
      }
    }
    for (const [path, kind] of await this.#machine.files.kinds(own)) {
      const repository = this.#discovery.locate(path)?.repository;
      if (kind?.type !== 'file' || !repository) continue;
      const { ref } = this.#findingsOf(repository);
      const file = await this.#kept.fileFor(path, repository);
      if (keyAtPath(path)) owners.push({ path, state: 'owned', package: ref, ...(file ? { listedAs: file } : {}) });
      else owners.push({ path, state: 'generated', package: ref, rule: 'git-folder', onCreate: 'carry' });
    }
    return { owners, more: [], problems };
  }

  /** By content, never by what the index says of dates and sizes. */
  async verify(paths: readonly FilePath[], signal?: AbortSignal): Promise<readonly Owner[]> {
    const tracked = new Map<Repository, FilePath[]>();
    const stored = new Map<FilePath, readonly [Repository, Findings]>();
    for (const path of paths) {
      const located = this.#discovery.locate(path);
      if (!located) continue;
      const { repository, tracked: name } = located;
      const known = tracked.get(repository);
      if (name === undefined) stored.set(path, [repository, this.#findingsOf(repository)]);
      else if (known) known.push(name);
      else tracked.set(repository, [name]);
    }
    const owners = await this.#kept.judgeStored(stored, signal);
    const secrets = await privateAmong(this.#machine, paths, this.#mayCarry, signal);
    for (const [repository, own] of tracked) {
      const conditions = await this.#conditionsOf(own, repository, signal);
      for (const path of own) {
        const condition = conditions.get(path);
        const place = joinPath(repository.at, path);
        const owner = condition && (await this.#judge(place, condition, repository));
        if (secrets.has(place)) owners.push({ path: place, state: 'loose' });
        else if (owner) owners.push(owner);
      }
    }
    return owners;
  }

  finish(context: FinishContext): Promise<Finished<GitManifest, GitLock>> {
    return finishGit(
      [...this.#discovery.repositories.values()].map((repository) => ({
        repository,
        findings: this.#findingsOf(repository),
        look: (paths) => this.#conditionsOf(paths, repository, context.signal),
      })),
      { ...context, mayCarry: this.#mayCarry },
    );
  }

  #findingsOf(repository: Repository): Findings {
    const findings = this.#findings.get(repository) ?? noFindings(repository);
    this.#findings.set(repository, findings);
    return findings;
  }

  async #conditionsOf(
    paths: readonly FilePath[],
    repository: Repository,
    signal: AbortSignal | undefined,
  ): Promise<ReadonlyMap<FilePath, Condition>> {
    const { conditions, problems } = this.#findingsOf(repository);
    const open = paths.filter((path) => !conditions.has(path));
    const found = await findConditions(open, repository, this.#machine, problems, signal);
    try {
      await markStaged(found, repository);
    } catch (error) {
      problems.add(`Which of its files are committed cannot be told: ${reasonOf(error)}.`);
    }
    for (const [path, condition] of found) conditions.set(path, condition);
    return conditions;
  }

  async #judge(path: FilePath, condition: Condition, repository: Repository): Promise<Owner | undefined> {
    const findings = this.#findingsOf(repository);
    const { ref } = findings;
    if (condition.is === 'committed') return undefined;
    if (condition.is === 'removed') return { path, state: 'modified', package: ref, rule: 'removed' };
    if (condition.is === 'changed') return { path, state: 'modified', package: ref, rule: condition.rule };
    const { entry, sha256, key } = condition;
    return this.#kept.keep({ entry: { ...entry, path }, sha256, ...(key ? { key } : {}) }, [repository, findings]);
  }
}

const submoduleMode = 0o160000;

function isFile(path: FilePath, { tracked }: Repository): boolean {
  const entry = tracked.get(path);
  return entry !== undefined && entry.mode !== submoduleMode;
}

/** What Python keeps beside a tracked source: nobody compiles it anew before the run. */
function bytecode(path: FilePath, repository: Repository, ref: PackageRef): Owner | undefined {
  const source = sourceOfBytecode(path);
  if (!source || !isFile(nameInTree(source, repository.at), repository)) return undefined;
  return { path, state: 'generated', package: ref, rule: 'python-bytecode', onCreate: 'carry' };
}
