import type { FilePath } from '../../model/file-path.js';

/** A tool that configures machines, known by what it leaves on their disks. */
export interface Provisioner {
  readonly name: 'ansible' | 'chef' | 'puppet' | 'salt';
  /** What people let it write at the head of files that it makes; its first group is what the file was made from. */
  readonly marker: RegExp;
  /** Globs of records of its own. */
  readonly records: readonly string[];
  /** What it keeps of a file that it changes: the file is under its control where one such name is there. */
  readonly backups?: (path: FilePath) => readonly BackupName[];
  /** A folder of sources as it fetched them: a file of the same content is made from there. */
  readonly sources?: { readonly folder: FilePath; readonly name: (path: FilePath) => string };
  /** What its records say, among all that were found. */
  readonly read?: (records: ReadonlyMap<FilePath, Buffer>) => ProvisionerRecords;
}

/** Names of backups of one file: how they begin and end, and what lies between. */
export interface BackupName {
  readonly prefix: string;
  readonly between: RegExp;
  readonly ending: string;
}

export interface ProvisionerRecords {
  /** Files that it manages, each with what it is made from where that is known. */
  readonly files?: ReadonlyMap<FilePath, string | undefined>;
  /** Where the code that it runs is kept, and at which revision it last was. */
  readonly repository?: string;
  readonly revision?: string;
  /** A checkout of that code on the machine. */
  readonly checkout?: FilePath;
}
