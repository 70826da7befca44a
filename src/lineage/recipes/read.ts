import { readFile, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { codeOf } from '../../errors.js';
import type { ArgumentValues } from './arguments.js';
import { parseDockerfile } from './dockerfile.js';
import type { Recipe } from './recipe.js';
import { parseSingularity } from './singularity.js';

/** More than any recipe has. */
const longest = 1024 * 1024;

/** What a definition says first, with the ways to begin: other files have a key of that name, too. */
const singularityHeader =
  /^[ \t]*bootstrap[ \t]*:[ \t]*(?:docker(?:-daemon|-archive)?|library|shub|oras|oci(?:-archive)?|localimage|debootstrap|yum|dnf|zypper|arch|busybox|scratch)\b/im;

/** Reads a Dockerfile or a Singularity definition; undefined of any other text. */
export function parseRecipe(text: string, values?: ArgumentValues): Recipe | undefined {
  const plain = text.replace(/^\uFEFF/, '');
  const first = /^(?:\s*(?:#.*)?\r?\n)*[ \t]*(\S+(?:[ \t]*:)?)/.exec(plain)?.[1] ?? '';
  if (/^[A-Za-z]\w*[ \t]*:/.test(first) && singularityHeader.test(plain)) return parseSingularity(text);
  if (!/^(?:from|arg)$/i.test(first)) return undefined;
  const recipe = parseDockerfile(text, values);
  return recipe.stages.length === 0 ? undefined : recipe;
}

/** The text of a local file that is a recipe; undefined of any other, and of what is no file. */
export async function readRecipeFile(file: string): Promise<string | undefined> {
  try {
    const found = await stat(file);
    if (!found.isFile() || found.size > longest) return undefined;
    const content = await readFile(file);
    if (content.includes(0)) return undefined;
    const text = content.toString('utf8');
    return parseRecipe(text) === undefined ? undefined : text;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** What a recipe makes, by the name of its file (`tool.Dockerfile`, `Singularity.tool`), else of its folder. */
export function recipeName(file: string): string {
  const name = basename(file);
  const own = /^(?:Docker|Container)file[.-](.+)$|^Singularity[.-](.+)$|^(.+)\.(?:Docker|Container)file$|^(.+)\.def$/i;
  const match = own.exec(name)?.slice(1).find(Boolean);
  const folder = basename(dirname(file));
  return match ?? (['', '.', '..'].includes(folder) ? name : folder);
}
