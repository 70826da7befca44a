import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, ReproError, reasonOf } from '../errors.js';
import { templateFile } from '../package-files.js';

/** The texts of `templates/`, by their names there. */
export interface Templates {
  read(name: string): Promise<string>;
}

/** Those of the package; what a user's folder has, which is laid out in the same way, goes before. */
export function openTemplates(folder?: string): Templates {
  if (folder !== undefined && !statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new ReproError('usage', 'there is no folder of templates', { where: folder });
  return {
    async read(name) {
      const own = folder === undefined ? undefined : await readOwn(join(folder, name));
      return own ?? (await readFile(templateFile(name), 'utf8'));
    },
  };
}

async function readOwn(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new ReproError('usage', `the template cannot be read: ${reasonOf(error)}`, { where: file });
  }
}

/**
 * A template with its placeholders, `@name@`, replaced: that is all that there is to templates. Values stand in quotes
 * for their place already. An `@` before no such name is left be; a name that nothing is known of is a mistake.
 */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/@([a-z]\w*)@/g, (_all, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value !== undefined) return value;
    const known = Object.keys(values).map((each) => `@${each}@`);
    throw new ReproError('usage', `a template has @${name}@, which is not known here`, {
      remedy: known.length === 0 ? 'there is nothing to fill in' : `known are ${known.join(', ')}`,
    });
  });
}
