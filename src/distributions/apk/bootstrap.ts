import { Readable } from 'node:stream';
import { ReproError } from '../../errors.js';
import { tarEnd, tarHeader, tarPadding } from '../../filesystem/tar-writer.js';
import { type FilePath, parsePath } from '../../model/file-path.js';
import type { BootstrapPlan } from '../../model/plan.js';
import { groupText, passwdText } from '../../packaging/accounts.js';
import type { BuildContext } from '../../packaging/base-system.js';
import { packedMembers } from './archive.js';
import { type ApkDetails, apkDetailsSchema } from './details.js';

/**
 * Lays the packed packages over one another, as one tar stream: no program is needed for that, and none of a package
 * runs. What their scripts made is in the lock: links, accounts, and what the run used of all else.
 */
export async function bootstrapApk(plan: BootstrapPlan, context: BuildContext): Promise<Readable> {
  const details = apkDetailsSchema.parse(plan.details);
  return Readable.from(systemOf(plan, details, context), { objectMode: false });
}

async function* systemOf(plan: BootstrapPlan, details: ApkDetails, context: BuildContext): AsyncGenerator<Buffer> {
  const common = { uid: 0, gid: 0, mtime: plan.epoch };
  const folders = new Set<string>();
  const folder = (name: string): Buffer => {
    if (folders.has(name)) return Buffer.alloc(0);
    folders.add(name);
    return tarHeader({ ...common, name, type: 'directory', mode: 0o755, size: 0 });
  };
  const link = (name: string, target: string) =>
    tarHeader({ ...common, name, type: 'symlink', mode: 0o777, size: 0, target });
  const file = (name: string, text: string, mode = 0o644) => {
    const content = Buffer.from(text, 'utf8');
    const header = tarHeader({ ...common, name, type: 'file', mode, size: content.length });
    return Buffer.concat([header, content, tarPadding(content.length)]);
  };
  if (details.layout === 'merged-usr') {
    for (const name of ['usr', 'usr/bin', 'usr/sbin', 'usr/lib']) yield folder(name);
    for (const name of ['bin', 'sbin', 'lib']) yield link(name, `usr/${name}`);
  }
  for await (const part of packagesOf(plan, context, folders)) if (part.length > 0) yield part;
  for (const { path, target } of details.links) yield link(parsePath(path).slice(1), parsePath(target));
  const parents = details.folder.slice(1).split('/');
  for (const [at] of parents.entries()) yield* nonEmpty(folder(parents.slice(0, at + 1).join('/')));
  yield file(
    `${details.folder.slice(1)}/installed`,
    plan.packages.map(({ name, version }) => `P:${name}\nV:${version}\n\n`).join(''),
  );
  yield* nonEmpty(folder('etc'));
  yield file('etc/passwd', passwdText(details.accounts, 'x'));
  yield file('etc/group', groupText(details.accounts, 'x'));
  yield file('etc/shadow', details.accounts.users.map(({ name }) => `${name}:!::0:::::\n`).join(''), 0o640);
  yield tarEnd();
}

function* nonEmpty(part: Buffer): Generator<Buffer> {
  if (part.length > 0) yield part;
}

/** They are in the lock. */
function isAccounts(path: FilePath): boolean {
  return ['/etc/passwd', '/etc/group', '/etc/shadow'].includes(path);
}

async function* packagesOf(
  plan: BootstrapPlan,
  { artifacts, signal }: BuildContext,
  folders: Set<string>,
): AsyncGenerator<Buffer> {
  for (const planned of plan.packages) {
    signal?.throwIfAborted();
    const artifact = artifacts.get(planned);
    if (!artifact) {
      throw new ReproError('not-rebuildable', `There is no artifact for ${planned.name} ${planned.version}.`, {
        remedy: 'Trace again with --repack all where the package is installed.',
      });
    }
    for await (const member of packedMembers(artifact.file)) {
      const { path, type, target, mode, uid, gid, mtime, size, content: own } = member;
      const name = path.slice(1);
      if (name === '' || isAccounts(path) || type === 'character' || type === 'block' || type === 'socket') continue;
      if (type === 'directory' && folders.has(name)) continue;
      if (type === 'directory') folders.add(name);
      const linked = target === undefined ? {} : { target: type === 'hardlink' ? target.slice(1) : target };
      // The date of a folder moves with its entries.
      yield tarHeader({
        name,
        type,
        mode,
        uid,
        gid,
        size,
        mtime: type === 'directory' ? plan.epoch : mtime,
        ...linked,
      });
      yield* own;
      yield* nonEmpty(tarPadding(size));
    }
  }
}
