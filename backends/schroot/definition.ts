import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { ReproError } from '../../src/errors.js';
import type { Machine } from '../../src/machines/machine.js';
import { pathFromText } from '../../src/model/file-path.js';
import type { Effect } from '../../src/model/resource.js';
import { fill, openTemplates, type Templates } from '../../src/templates/templates.js';
import type { BackendContext } from '../backend.js';
import { runOn } from '../run-on.js';

/** A chroot as schroot is told of it. */
export interface Definition {
  readonly name: string;
  readonly tree: string;
  readonly users: string | undefined;
}

/** The kind of effect that a file of schroot's settings is. */
const kind = 'definition';

/** schroot.conf(5): each file of this folder has chroots; a chroot's fstab is named as from /etc/schroot. */
const definitions = '/etc/schroot/chroot.d';
const settings = '/etc/schroot';

/** Puts a definition among schroot's settings, each of its files recorded before it is there. */
export async function putDefinition(
  definition: Definition,
  { host, record, templates = openTemplates() }: Pick<BackendContext, 'host' | 'record' | 'templates'>,
): Promise<void> {
  const token = `reproman-${randomUUID()}`;
  const texts = await renderDefinition(definition, token, templates);
  for (const [path, text] of texts) {
    if (await host.files.lstat(pathFromText(path))) throw taken(definition, path);
    await record({ kind, id: path, token });
    await runOn(host, ['tee', '--', path], { input: text, umask: 0o022 });
  }
}

/** The files by their paths: what the definition needs comes before it. */
export async function renderDefinition(
  { name, tree, users }: Definition,
  token: string,
  templates: Templates,
): Promise<readonly (readonly [path: string, text: string])[]> {
  // A line of the file has one value, to its end.
  if (/[\n\r]|^\s|\s$/.test(tree)) {
    throw new ReproError('usage', 'schroot cannot be told of a folder with such a name', {
      where: tree,
      remedy: 'choose another: -b folder=/PATH',
    });
  }
  const fstab = `${settings}/${name}.fstab`;
  const values = { name, token, tree, users: ['root', ...(users ? [users] : [])].join(','), fstab: basename(fstab) };
  const render = async (file: string) => fill(await templates.read(`schroot/${file}`), values);
  const marked = (text: string) => `# ${token}\n${text}`;
  return [
    [fstab, marked(await render('fstab'))],
    [`${definitions}/${name}`, marked(await render('definition'))],
  ];
}

/** Removes a file of a definition of ours; quiet where it is gone, or somebody else's since. */
export async function removeDefinition({ id, token }: Effect, host: Machine): Promise<void> {
  const path = pathFromText(id);
  if (token === undefined || !(await host.files.lstat(path))) return;
  const text = await host.files.read(path);
  // Cut off while it was written.
  const isOurs = text.length === 0 || text.toString('utf8').startsWith(`# ${token}`);
  if (isOurs) await runOn(host, ['rm', '-f', '--', id]);
}

/** What a file of a definition is of; undefined of other effects and of what it needs beside it. */
export function chrootOf({ kind: what, id }: Effect): string | undefined {
  return what === kind && id.startsWith(`${definitions}/`) ? basename(id) : undefined;
}

export function isDefinition(effect: Effect): boolean {
  return effect.kind === kind;
}

function taken({ name }: Definition, where: string): ReproError {
  return new ReproError('usage', `schroot has a chroot '${name}' already`, {
    where,
    remedy: 'choose another name: --name NAME',
  });
}
