import { pathFromText } from '../../src/model/file-path.js';
import type { Resource } from '../../src/model/resource.js';
import { definitionWord } from '../../src/templates/quoting.js';
import { fill, openTemplates, type Templates } from '../../src/templates/templates.js';

/**
 * The definition file (https://apptainer.org/docs/user/latest/definition_files.html) of an image that does what was
 * traced: as bytes in Latin-1, for the folder that it ran in may have any.
 */
export async function renderDefinition(
  { run, planDigest, specDigest }: Pick<Resource, 'run' | 'planDigest' | 'specDigest'>,
  token: string,
  templates: Templates = openTemplates(),
): Promise<string> {
  const variables = Object.entries(run.environment).filter(([name]) => /^[A-Za-z_]\w*$/.test(name));
  const words = (run.command ?? ['/bin/sh']).map((word) => definitionWord(pathFromText(word)));
  const values: Readonly<Record<string, string>> = {
    environment: variables.map(([name, value]) => `export ${name}=${definitionWord(pathFromText(value))}`).join('\n'),
    folder: definitionWord(run.cwd),
    command: words.join(' '),
    token,
    plan: planDigest,
    spec: specDigest ?? 'none',
  };
  return fill(await templates.read('singularity/environment.def'), values);
}
