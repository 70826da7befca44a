import type { FilePath } from '../../model/file-path.js';
import type { PackageRef } from '../../model/owner.js';
import { type RpmHeader, tag } from './header.js';

/** rpmfi.h, rpmfileState: what rpm did with a file at installation. */
const stateNormal = 0;
const stateReplaced = 1;
/** rpmfiles.h, rpmfileAttrs. */
const flag = { config: 1, doc: 2, ghost: 64 } as const;
/** rpmvf.h: whether `rpm -V` compares the content. */
const verifyDigest = 1;

/** One file of a package, as the package recorded it. */
export interface PackagedFile {
  readonly path: FilePath;
  /** As in stat(2), with the type. */
  readonly mode: number;
  readonly size: number;
  readonly mtime: number;
  readonly user: string;
  readonly group: string;
  /** In lower-case hexadecimal digits, by the package's algorithm; empty of all but regular files. */
  readonly digest: string;
  /** Of a link. */
  readonly target: FilePath;
  readonly isConfig: boolean;
  readonly isDoc: boolean;
  /** Belongs to the package, which does not hold it: something makes it later. */
  readonly isGhost: boolean;
  /** Whether its content is to stay as it is. */
  readonly isVerified: boolean;
  /** Whether it was put in place for this package, and not left out, or replaced for another one. */
  readonly state: 'normal' | 'replaced' | 'not-installed';
  readonly device: number;
  readonly inode: number;
}

/** One installed package; what it recorded of its files is read when it is asked for. */
export class RpmPackage {
  readonly header: RpmHeader;
  readonly name: string;
  /** `[epoch:]version-release`. */
  readonly version: string;
  readonly architecture: string;
  readonly ref: PackageRef;
  /** `name-[epoch:]version-release.architecture`. */
  readonly id: string;
  /** What is wrong with it, as whole sentences. */
  readonly problems: string[] = [];
  #folders: readonly FilePath[] | undefined;
  #baseNames: readonly string[] | undefined;
  #folderIndexes: readonly number[] | undefined;
  #states: readonly number[] | undefined;
  #flags: readonly number[] | undefined;
  #files: readonly PackagedFile[] | undefined;

  constructor(header: RpmHeader) {
    this.header = header;
    this.name = header.text(tag.name) ?? '';
    const epoch = header.number(tag.epoch);
    const version = `${header.text(tag.version) ?? ''}-${header.text(tag.release) ?? ''}`;
    this.version = epoch === undefined ? version : `${epoch}:${version}`;
    this.architecture = header.text(tag.arch) ?? 'noarch';
    this.id = `${this.name}-${this.version}.${this.architecture}`;
    this.ref = { distribution: 'rpm', name: this.name, version: this.version, architecture: this.architecture };
  }

  /** The folders that its files are in, each with a slash at the end. */
  get folders(): readonly FilePath[] {
    this.#folders ??= this.#readNames().folders;
    return this.#folders;
  }

  /** Of every file: its name, and which of the folders it is in. */
  get baseNames(): readonly string[] {
    this.#baseNames ??= this.#readNames().baseNames;
    return this.#baseNames;
  }

  get folderIndexes(): readonly number[] {
    this.#folderIndexes ??= this.#readNames().folderIndexes;
    return this.#folderIndexes;
  }

  pathOf(index: number): FilePath {
    return `${this.folders[this.folderIndexes[index] ?? 0] ?? ''}${this.baseNames[index] ?? ''}` as FilePath;
  }

  stateOf(index: number): PackagedFile['state'] {
    this.#states ??= this.header.numbers(tag.fileStates);
    const state = this.#states[index] ?? stateNormal;
    return state === stateNormal ? 'normal' : state === stateReplaced ? 'replaced' : 'not-installed';
  }

  isGhost(index: number): boolean {
    return (this.#flagsOf(index) & flag.ghost) !== 0;
  }

  /** All files, in the order of the header. */
  get files(): readonly PackagedFile[] {
    this.#files ??= this.#readFiles();
    return this.#files;
  }

  #flagsOf(index: number): number {
    this.#flags ??= this.header.numbers(tag.fileFlags);
    return this.#flags[index] ?? 0;
  }

  /** Packages of a time before rpm 4 have whole names. */
  #readNames(): { folders: FilePath[]; baseNames: string[]; folderIndexes: number[] } {
    const { header } = this;
    const old = header.has(tag.baseNames) ? [] : header.strings(tag.oldFileNames);
    if (old.length > 0) {
      const split = old.map((path) => path.lastIndexOf('/') + 1);
      return {
        folders: old.map((path, at) => path.slice(0, split[at]) as FilePath),
        baseNames: old.map((path, at) => path.slice(split[at])),
        folderIndexes: old.map((_, at) => at),
      };
    }
    return {
      folders: header.strings(tag.dirNames) as FilePath[],
      baseNames: header.strings(tag.baseNames),
      folderIndexes: header.numbers(tag.dirIndexes),
    };
  }

  #readFiles(): PackagedFile[] {
    const { header } = this;
    const modes = header.numbers(tag.fileModes);
    const sizes = header.has(tag.longFileSizes) ? header.numbers(tag.longFileSizes) : header.numbers(tag.fileSizes);
    const mtimes = header.numbers(tag.fileMtimes);
    const users = header.strings(tag.fileUserName);
    const groups = header.strings(tag.fileGroupName);
    const digests = header.strings(tag.fileDigests);
    const targets = header.strings(tag.fileLinkTos);
    const verify = header.numbers(tag.fileVerifyFlags);
    const devices = header.numbers(tag.fileDevices);
    const inodes = header.numbers(tag.fileInodes);
    return this.baseNames.map((_, at) => {
      const flags = this.#flagsOf(at);
      return {
        path: this.pathOf(at),
        mode: modes[at] ?? 0,
        size: sizes[at] ?? 0,
        mtime: mtimes[at] ?? 0,
        user: users[at] ?? 'root',
        group: groups[at] ?? 'root',
        digest: digests[at] ?? '',
        target: (targets[at] ?? '') as FilePath,
        isConfig: (flags & flag.config) !== 0,
        isDoc: (flags & flag.doc) !== 0,
        isGhost: (flags & flag.ghost) !== 0,
        isVerified: ((verify[at] ?? verifyDigest) & verifyDigest) !== 0,
        state: this.stateOf(at),
        device: devices[at] ?? 1,
        inode: inodes[at] ?? at + 1,
      };
    });
  }

  /** How the digests of its files were made, as node:crypto names it: rpmpgp.h, RPMHashAlgo. */
  get digestAlgorithm(): string | undefined {
    const number = this.header.number(tag.fileDigestAlgorithm) ?? 1;
    return { 1: 'md5', 2: 'sha1', 8: 'sha256', 9: 'sha384', 10: 'sha512', 11: 'sha224' }[number];
  }
}
