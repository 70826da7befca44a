import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { openHttpClient, withoutCredentials } from '../archives/http.js';
import { codeOf, ReproError } from '../errors.js';
import { readList } from '../filesystem/lists/read.js';
import { readTar } from '../filesystem/tar-reader.js';
import type { PartialEntry } from '../filesystem/trie/values.js';
import { machineFrom, machineNames } from '../machines/from.js';
import { localMachine } from '../machines/local.js';
import { rootPath } from '../model/file-path.js';
import { kernelFolders } from '../model/kernel-path.js';
import { openInventory } from '../resources/inventory.js';
import { withoutMountPoints } from '../resources/mount-points.js';
import { openPlace } from '../resources/place.js';
import { readSpecification } from '../spec/read.js';
import type { OpenSource, ReadOptions, Source } from './source.js';

/** The ways to name what is compared, for help and messages. */
export const sourceNames = `SPEC.yml, LIST[.gz|.zst], http(s)://.../LIST, a resource, ${machineNames}`;

/** `NAME=SOURCE` gives a source another name than its own. Names are told apart by numbers where they are the same. */
export function sourcesOf(texts: readonly string[]): Source[] {
  const taken = new Map<string, number>();
  return texts.map((asked) => {
    const given = /^([^=/:]+)=(.+)$/s.exec(asked);
    const text = given?.[2] ?? asked;
    const name = given?.[1] ?? nameOf(text);
    const times = (taken.get(name) ?? 0) + 1;
    taken.set(name, times);
    return { text, name: times === 1 ? name : `${name} (${times})` };
  });
}

/** Opens a source. It is read while its entries are asked for. */
export async function openSource(source: Source, options: ReadOptions): Promise<OpenSource> {
  return { entries: () => readSource(source, options), facts: async () => ({}), [Symbol.asyncDispose]: async () => {} };
}

async function* readSource({ text }: Source, options: ReadOptions): AsyncGenerator<PartialEntry, void> {
  const { signal } = options;
  if (/^https?:\/\//.test(text)) yield* await readRemoteList(text, signal);
  else if (machineName.test(text)) yield* readMachine(text, options);
  else if (/\.ya?ml$/.test(text)) yield* (await readSpecification(text)).snapshot();
  else if (await isFile(text)) yield* await readList(createReadStream(text, signal && { signal }), text);
  else yield* readResource(text, options);
}

const machineName = /^(?:dir|docker|oci|docker-archive|ssh):/;

/** Of a file its name without endings; of all else what was asked for, without a password. */
function nameOf(text: string): string {
  if (/^https?:\/\//.test(text)) return withoutCredentials(text);
  if (machineName.test(text)) return text;
  return basename(text).replace(/(?:\.files)?(?:\.(?:json|txt|yml|yaml))?(?:\.(?:gz|zst))?$/, '') || text;
}

async function* readMachine(text: string, { hash, signal }: ReadOptions): AsyncGenerator<PartialEntry, void> {
  await using machine = await machineFrom(text, signal);
  yield* machine.files.walk(rootPath, { hash, exclude: kernelFolders, ...(signal && { signal }) });
}

async function* readResource(name: string, { hash, signal }: ReadOptions): AsyncGenerator<PartialEntry, void> {
  const resource = await openInventory().get(name);
  if (!resource) throw unknownSource(name);
  await using here = await localMachine();
  await using place = await openPlace(resource, here, signal);
  const { backend, host } = place;
  const tar = await backend.exportTree(resource, host, signal);
  try {
    const entries = readTar(tar, { hash, ...(signal && { signal }) });
    yield* withoutMountPoints(entries, await backend.mountPoints(resource, host));
  } finally {
    tar.destroy();
  }
}

async function readRemoteList(url: string, signal?: AbortSignal): Promise<readonly PartialEntry[]> {
  const shown = withoutCredentials(url);
  using http = openHttpClient();
  const answer = await http.request(url, { ...(signal && { signal }) });
  if (answer.statusCode !== 200) {
    answer.resume();
    throw new ReproError('not-ready', `${shown} answers ${answer.statusCode} ${answer.statusMessage ?? ''}`.trimEnd());
  }
  return await readList(answer, shown);
}

async function isFile(text: string): Promise<boolean> {
  try {
    return (await stat(text)).isFile();
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}

function unknownSource(text: string): ReproError {
  return new ReproError('usage', `${JSON.stringify(text)} is no file, and no resource has that name`, {
    remedy: `give ${sourceNames}`,
  });
}
