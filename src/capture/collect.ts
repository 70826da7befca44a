import type { Contents } from '../archives/contents.js';
import type { Machine } from '../machines/machine.js';
import type { Trace } from '../model/access.js';
import type { FileEntry } from '../model/file-entry.js';
import { type FilePath, isWithin, outermost } from '../model/file-path.js';
import { sourceOfBytecode } from '../packaging/python-bytecode.js';
import type { ManifestFile } from '../spec/document/schema.js';
import type { NeverCarry } from '../spec/secrets/never-carry.js';
import { type CarriedTree, carryFiles, carryTree, readBeginnings } from './contents-of.js';
import { type Decision, type DecisionContext, decide, isCarried } from './decide.js';
import { collectFilesBefore, type FileBefore } from './files-before.js';
import { printedInto } from './install.js';
import { isElf } from './kinds.js';
import { isLooseLink, listFiles } from './manifest-files.js';
import { lookAtNamed, withNamed } from './named.js';
import type { Places } from './places.js';
import type { OutputHashes } from './repeats.js';
import type { Subject, Survey } from './survey.js';
import { findTreeRoots } from './trees.js';

export interface CollectRequest {
  readonly machine: Machine;
  readonly traces: readonly Trace[];
  readonly survey: Survey;
  /** Folders that packages fill: what is used of them is decided about file by file. */
  readonly packageRoots: readonly FilePath[];
  readonly never: NeverCarry;
  readonly outputHashes: readonly OutputHashes[];
  readonly contents: Contents;
  readonly carryLimit: number;
  readonly treeLimit: number;
  readonly carryInputs: boolean;
  /** The run is an installation: what it leaves is carried. */
  readonly installs: boolean;
  readonly places: Places;
  readonly advance: (done: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** What became of every file that no package has as it is. */
export interface CollectedFiles {
  readonly decisions: ReadonlyMap<FilePath, Decision>;
  /** Inputs that the run changed or took away, as they were before. */
  readonly before: ReadonlyMap<FilePath, FileBefore>;
  /** Entries with hashes of what was carried, of inputs, and of trees' members. */
  readonly entries: ReadonlyMap<FilePath, FileEntry>;
  readonly trees: readonly CarriedTree[];
  readonly leftOut: readonly LeftOut[];
  /** What could not be done as asked, in whole sentences. */
  readonly notes: readonly string[];
  readonly ids: { readonly users: readonly number[]; readonly groups: readonly number[] };
  /** The manifest's list of files, less the links that belong to the closure. */
  manifestFiles(closure: ReadonlySet<FilePath>): ManifestFile[];
}

export interface LeftOut {
  readonly path: FilePath;
  readonly rule: string;
  readonly why: string;
}

/** Decides about every file that the runs used, and keeps the content of those that are to be carried. */
export async function collectFiles(request: CollectRequest): Promise<CollectedFiles> {
  const { survey, contents, machine, traces } = request;
  const named = await lookAtNamed(machine, request.places.carry);
  const subjects = withNamed(survey, named);
  const wanted = subjects.filter(mayMatter).map(({ path }) => path);
  const heads = await readBeginnings(machine, wanted, request.signal);
  const trees = await carryTrees(request, subjects, heads, named.folders);
  const context = decisionContext(request, trees);
  const decisions = decideAll(subjects, heads, context);
  const [trace] = traces;
  const before = trace ? await collectFilesBefore({ trace, survey, decisions, context, contents }) : new Map();
  const entries = new Map<FilePath, FileEntry>();
  for (const tree of trees) for (const entry of tree.entries) entries.set(entry.path, entry);
  let bytes = trees.reduce((sum, tree) => sum + tree.size, 0);
  const carried = subjects.filter(({ path }) => isCarried(decisions.get(path)) && !entries.has(path));
  const files = carried.map(({ entry }) => entry);
  for await (const entry of carryFiles(machine, contents, files, request.signal)) {
    request.signal?.throwIfAborted();
    entries.set(entry.path, entry);
    bytes += entry.size;
    request.advance(bytes);
  }
  await hashInputs(request, subjects, decisions, entries);
  const leftOut = [
    ...subjects.flatMap(({ path }) => {
      const decision = decisions.get(path);
      return decision?.kind === 'left-out' ? [{ path, rule: decision.rule, why: decision.why }] : [];
    }),
    ...trees.flatMap((tree) => tree.leftOut),
  ];
  const links = [...survey.links.values()].filter((link) => isLooseLink(link, survey, trees));
  return {
    decisions,
    before,
    entries,
    trees,
    leftOut: leftOut.filter((one, index) => leftOut.findIndex(({ path }) => path === one.path) === index),
    notes: named.notes,
    ids: idsOf(traces, [...entries.values(), ...links]),
    manifestFiles: (closure) =>
      listFiles({
        subjects,
        decisions,
        entries,
        trees,
        links,
        closure,
        cwds: request.places.cwds,
        isReplaced: (path) => survey.owners.get(path)?.rule === 'replaced',
      }),
  };
}

/** What something depends on: never files of packages as they are. */
function mayMatter({ entry, owner }: Subject): boolean {
  const state = owner?.state ?? 'loose';
  return entry.type === 'file' && (state === 'loose' || state === 'modified' || owner?.onCreate === 'carry');
}

async function carryTrees(
  request: CollectRequest,
  subjects: readonly Subject[],
  heads: ReadonlyMap<FilePath, Buffer>,
  namedFolders: readonly FilePath[],
): Promise<CarriedTree[]> {
  const { machine, survey, treeLimit, places } = request;
  const loose = subjects.filter(({ owner, entry }) => (owner?.state ?? 'loose') === 'loose' && entry.type === 'file');
  const isRead = ({ uses }: Subject) => uses.has('executed') || uses.has('read');
  // Python reads these instead of their sources.
  const compiled = new Set(subjects.filter(isRead).map(({ path }) => sourceOfBytecode(path)));
  const programs = loose
    // What the run itself made, a virtual environment say, it makes again.
    .filter((one) => one.before !== 'absent' && (isRead(one) || compiled.has(one.path)))
    .map(({ path, uses }) => ({
      path,
      executed: uses.has('executed'),
      elf: isElf(heads.get(path) ?? Buffer.alloc(0)),
    }));
  const found = await findTreeRoots(programs, {
    ...places,
    exists: async (path) => (await machine.files.lstat(path)) !== undefined,
  });
  const ofPackages = (path: FilePath) => request.packageRoots.some((root) => isWithin(path, root));
  const roots = outermost([...found.filter((root) => !ofPackages(root)), ...namedFolders]);
  let bytes = 0;
  const trees: CarriedTree[] = [];
  for (const root of roots) {
    trees.push(
      await carryTree(root, {
        machine,
        contents: request.contents,
        never: request.never,
        limit: treeLimit,
        isNew: (path) => survey.subjects.get(path)?.before === 'absent',
        ofPackages,
        named: places.named,
        advance: (size) => {
          bytes += size;
          request.advance(bytes);
        },
        signal: request.signal,
      }),
    );
  }
  return trees;
}

function decisionContext(request: CollectRequest, trees: readonly CarriedTree[]): DecisionContext {
  const { never, traces, places, carryLimit, carryInputs, installs } = request;
  const roots = trees.filter((tree) => tree.refused === undefined).map((tree) => tree.root);
  const printed = traces.flatMap(printedInto);
  return { ...places, never, carryLimit, carryInputs, installs, trees: roots, printed };
}

function decideAll(
  subjects: readonly Subject[],
  heads: ReadonlyMap<FilePath, Buffer>,
  context: DecisionContext,
): Map<FilePath, Decision> {
  const nothing = Buffer.alloc(0);
  return new Map(
    subjects.map((subject) => [subject.path, decide(subject, heads.get(subject.path) ?? nothing, context)]),
  );
}

/** Hashes of what is named but not carried: inputs, files over the limit, and outputs as the first run left them. */
async function hashInputs(
  { machine, survey, outputHashes, signal }: CollectRequest,
  subjects: readonly Subject[],
  decisions: ReadonlyMap<FilePath, Decision>,
  entries: Map<FilePath, FileEntry>,
): Promise<void> {
  const [first = []] = outputHashes;
  const left = new Map([...first].map(([path, output]) => [survey.resolved.get(path) ?? path, output]));
  const unknown: FilePath[] = [];
  for (const { path, entry } of subjects) {
    const kind = decisions.get(path)?.kind;
    const isNamed = kind === 'input' || kind === 'output' || kind === 'listed';
    if (entry.type !== 'file' || entries.has(path) || !isNamed) continue;
    const known = left.get(path);
    if (known) entries.set(path, { ...entry, ...known });
    else unknown.push(path);
  }
  for await (const [path, entry] of machine.files.entries(unknown, { hash: true, ...(signal ? { signal } : {}) })) {
    if (entry) entries.set(path, entry);
  }
}

function idsOf(traces: readonly Trace[], entries: readonly FileEntry[]) {
  const users = new Set([...traces.map(({ conditions }) => conditions.user.uid), ...entries.map(({ uid }) => uid)]);
  const ownGroups = traces.flatMap(({ conditions }) => [conditions.user.gid, ...conditions.user.groups]);
  const groups = new Set([...ownGroups, ...entries.map(({ gid }) => gid)]);
  const byNumber = (a: number, b: number) => a - b;
  return { users: [...users].sort(byNumber), groups: [...groups].sort(byNumber) };
}
