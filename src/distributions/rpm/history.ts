import { reasonOf } from '../../errors.js';
import { baseName, type FilePath, parentPath } from '../../model/file-path.js';
import { querySqlite } from '../../packaging/sqlite.js';

const dnf = '/var/lib/dnf/history.sqlite';
const dnf5 = '/usr/lib/sysimage/libdnf5';
const zypper = '/var/log/zypp/history';

/** Where installers write down what they did. */
export const historyFiles: readonly string[] = [
  `${dnf}{,-wal}`,
  `${dnf5}/{nevras,packages}.toml`,
  zypper,
  '/var/lib/yum/yumdb/*/*/{from_repo,reason,checksum_data}',
];

/** What an installer wrote down of a package. */
export interface Installation {
  readonly repository?: string;
  /** Whether it was installed for another package only. */
  readonly automatic?: boolean;
  /** Of the package's file. */
  readonly sha256?: string;
}

export interface History {
  /** By `name-[epoch:]version-release.architecture`; an epoch of 0 is not written. */
  readonly installations: ReadonlyMap<string, Installation>;
  readonly notes: readonly string[];
}

/** What is known of how packages came to a machine; later installations of one count. */
export async function readHistory(files: ReadonlyMap<FilePath, Buffer>): Promise<History> {
  const installations = new Map<string, Installation>();
  const notes: string[] = [];
  const readers = { "dnf's history": readDnf, "dnf's state": readDnf5, "zypper's history": readZypper, yumdb: readYum };
  for (const [title, read] of Object.entries(readers)) {
    try {
      for (const [id, found] of await read(files)) installations.set(id, { ...installations.get(id), ...found });
    } catch (error) {
      notes.push(`Where packages came from cannot be read of ${title}: ${reasonOf(error)}.`);
    }
  }
  return { installations, notes };
}

type Found = [id: string, installation: Installation][];

/** dnf 4: libdnf/transaction/Types.hpp; reasons 1 and 6 are dependencies. Item 0 is what was there before dnf. */
async function readDnf(files: ReadonlyMap<FilePath, Buffer>): Promise<Found> {
  const database = files.get(dnf as FilePath);
  if (!database) return [];
  const log = files.get(`${dnf}-wal` as FilePath);
  const query = `SELECT rpm.name, rpm.epoch, rpm.version, rpm.release, rpm.arch, repo.repoid, trans_item.reason
    FROM trans_item JOIN rpm ON rpm.item_id = trans_item.item_id JOIN repo ON repo.id = trans_item.repo_id
    WHERE trans_item.state = 1 ORDER BY trans_item.trans_id, trans_item.id`;
  const [rows = []] = await querySqlite({ database, log }, query);
  return rows.map(({ name, epoch, version, release, arch, repoid, reason }) => [
    `${name}-${epoch ? `${epoch}:` : ''}${version}-${release}.${arch}`,
    {
      ...(typeof repoid === 'string' && !repoid.startsWith('@') ? { repository: repoid } : {}),
      automatic: reason === 1 || reason === 6,
    },
  ]);
}

/** dnf 5: a table of each package, as `[nevras."ID"]` with `from_repo = "REPO"`, in one line or in two. */
async function readDnf5(files: ReadonlyMap<FilePath, Buffer>): Promise<Found> {
  const text = files.get(`${dnf5}/nevras.toml` as FilePath)?.toString('utf8') ?? '';
  const entries = text.matchAll(/"([^"\n]+)"\s*(?:\]|=\s*\{)[^"[]*?from_repo\s*=\s*"([^"]*)"/g);
  return [...entries].flatMap(([, id = '', repository = '']): Found => [[id.replace('-0:', '-'), { repository }]]);
}

/** `date|install|name|version-release|architecture|who asked|repository|checksum|...` */
async function readZypper(files: ReadonlyMap<FilePath, Buffer>): Promise<Found> {
  const lines =
    files
      .get(zypper as FilePath)
      ?.toString('utf8')
      .split('\n') ?? [];
  return lines.flatMap((line): Found => {
    const [, action, name, version, architecture, asked, repository, checksum] = line.split('|');
    if (action !== 'install' || !name || !version) return [];
    const sha256 = /^[0-9a-f]{64}$/.test(checksum ?? '') ? checksum : undefined;
    const found = { ...(repository ? { repository } : {}), automatic: !asked, ...(sha256 ? { sha256 } : {}) };
    return [[`${name}-${version}.${architecture}`, found]];
  });
}

/** yum 3: a folder of each package, `HASH-name-version-release-architecture`, with a file of each fact. */
async function readYum(files: ReadonlyMap<FilePath, Buffer>): Promise<Found> {
  const facts = new Map<FilePath, Map<string, string>>();
  for (const [path, content] of files) {
    if (!path.startsWith('/var/lib/yum/yumdb/')) continue;
    const own = facts.get(parentPath(path)) ?? new Map<string, string>();
    facts.set(parentPath(path), own.set(baseName(path), content.toString('utf8').trim()));
  }
  return [...facts].flatMap(([folder, own]): Found => {
    const [, id, architecture] = /^[0-9a-f]+-(.+)-([^-]+)$/.exec(baseName(folder)) ?? [];
    if (id === undefined) return [];
    const repository = own.get('from_repo');
    const sha256 = own.get('checksum_data');
    const automatic = own.get('reason') === 'dep';
    const isHash = sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256);
    return [
      [`${id}.${architecture}`, { ...(repository ? { repository } : {}), automatic, ...(isHash ? { sha256 } : {}) }],
    ];
  });
}
