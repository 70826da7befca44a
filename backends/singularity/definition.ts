import { pathFromText } from '../../src/model/file-path.js';
import type { Resource } from '../../src/model/resource.js';
import { readTemplate } from '../../src/package-files.js';

/**
 * The definition file (https://apptainer.org/docs/user/latest/definition_files.html) of an image that does what was
 * traced: as bytes in Latin-1, for the folder that it ran in may have any.
 */
export async function renderDefinition(
  { run, planDigest, specDigest }: Pick<Resource, 'run' | 'planDigest' | 'specDigest'>,
  token: string,
): Promise<string> {
  const variables = Object.entries(run.environment).filter(([name]) => /^[A-Za-z_]\w*$/.test(name));
  const words = (run.command ?? ['/bin/sh']).map((word) => shellWord(pathFromText(word)));
  const values: Readonly<Record<string, string>> = {
    environment: variables.map(([name, value]) => `export ${name}=${shellWord(pathFromText(value))}`).join('\n'),
    folder: shellWord(run.cwd),
    command: words.join(' '),
    token,
    plan: planDigest,
    spec: specDigest ?? 'none',
  };
  const template = await readTemplate('singularity/environment.def');
  return template.replace(/@(\w+)@/g, (all, name: string) => values[name] ?? all);
}

/**
 * One word for a shell: what looks like a new section of the file stands at the beginning of no line, and two braces,
 * in which the file has variables of its own, are never together.
 */
export function shellWord(text: string): string {
  const quoted = (line: string) => `'${line.replaceAll("'", "'\\''").replaceAll('{', "{''")}'`;
  return text.split('\n').map(quoted).join('"$newline"');
}
