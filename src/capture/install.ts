import type { Trace } from '../model/access.js';
import type { FileEntry } from '../model/file-entry.js';
import { comparePaths, type FilePath, isWithin, outermost, showPath } from '../model/file-path.js';
import { documentPath } from '../model/schemas.js';
import type { ManifestFile, ManifestRun } from '../spec/document/schema.js';
import type { CommandStep } from '../spec/document/steps.js';
import { madeByRun } from '../spec/runs/made.js';
import type { CollectedFiles } from './collect.js';
import { accessOf, describeLink } from './manifest-files.js';
import type { Survey } from './survey.js';

export interface InstallRequest {
  readonly trace: Trace;
  readonly run: ManifestRun;
  readonly survey: Survey;
  readonly files: CollectedFiles;
  /** The manifest's list of files, with what the command itself made. */
  readonly listed: readonly ManifestFile[];
}

/** An installation as a step that create can do again: what it needs, and what it leaves. */
export interface Installation {
  readonly step: CommandStep;
  /** The manifest's list of files without what the step makes. */
  readonly files: readonly ManifestFile[];
}

/** Makes a step of a traced command. Folders that it made are one line each with all that is in them. */
export function describeInstallation({ trace, run, survey, files, listed }: InstallRequest): Installation {
  const made = madeByRun(trace);
  const folders = [...survey.subjects.values()].filter(
    ({ path, entry, before, owner }) =>
      entry.type === 'directory' && before === 'absent' && owner?.state !== 'owned' && made.has(path),
  );
  const tops = outermost(folders.map(({ path }) => path));
  const topOf = (path: FilePath) => tops.find((top) => isWithin(path, top));
  const printed = printedInto(trace);
  const kept = [...files.decisions].flatMap(([path, decision]) => {
    const entry = files.entries.get(path);
    if (printed.includes(path)) return [];
    return decision.kind === 'output' && entry ? [{ entry, carried: decision.kept }] : [];
  });
  const isMade = ({ path, target }: ManifestFile) => target !== undefined && made.has(documentPath(path));
  const links = [...listed.filter(isMade), ...[...survey.madeLinks.values()].map(describeLink)].filter(
    ({ path }) => topOf(documentPath(path)) === undefined,
  );
  const single = kept.filter(({ entry }) => topOf(entry.path) === undefined);
  const trees = tops.map((top) =>
    describeTree(
      top,
      kept.filter(({ entry, carried }) => carried && isWithin(entry.path, top)).map(({ entry }) => entry),
    ),
  );
  const { id, command, masked, cwd, environment, umask, user, exit, inputs } = run;
  const makes = [...trees, ...single.map(describeMade), ...links].sort((a, b) => comparePaths(a.path, b.path));
  const step: CommandStep = {
    id,
    command,
    ...(masked ? { masked } : {}),
    cwd,
    environment,
    umask,
    ...(user ? { user } : {}),
    exit: exit === 'unknown' ? 0 : exit,
    ...(trace.connections.length > 0 ? { network: true as const } : {}),
    inputs,
    makes,
  };
  return { step, files: listed.filter((file) => !isMade(file)) };
}

/** Files that the caller's shell made a run print into: nothing that it installs. */
export function printedInto({ conditions: { streams } }: Trace): FilePath[] {
  return [streams.stdout, streams.stderr].flatMap(({ path }) => path ?? []);
}

function describeTree(top: FilePath, entries: readonly FileEntry[]): ManifestFile {
  const size = entries.reduce((sum, entry) => sum + entry.size, 0);
  return { path: showPath(top), tree: { files: entries.length, size }, carried: true };
}

function describeMade({ entry, carried }: { readonly entry: FileEntry; readonly carried: boolean }): ManifestFile {
  const { path, hash, size, unreadable } = entry;
  const why = unreadable === undefined ? 'over the limit of what is carried' : `cannot be read (${unreadable})`;
  const isCarried = carried && hash !== undefined;
  return {
    path: showPath(path),
    ...(hash === undefined ? {} : { sha256: hash }),
    size,
    ...accessOf(entry),
    carried: isCarried,
    ...(isCarried ? {} : { why }),
  };
}
