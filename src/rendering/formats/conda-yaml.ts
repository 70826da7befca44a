import { stringify } from 'yaml';
import { ReproError } from '../../errors.js';
import type { Recipe } from '../../packaging/recipe.js';
import { comment } from '../../templates/quoting.js';
import type { Format } from '../format.js';
import type { RenderedEnvironment, RenderedFile } from '../rendering.js';

/**
 * The packages of one conda environment, with what pip installed in it; beside that the same packages by address and
 * hash, for `conda create --file`.
 */
export const condaYaml: Format = {
  async render(environment) {
    const [conda, ...others] = environment.recipes.filter(({ script }) => script === 'conda');
    if (!conda) throw nothingOfConda();
    const pip = environment.recipes.find(({ script, at }) => script === 'python' && at === conda.at);
    const lacks = [
      ...environment.missing,
      ...others.map(({ at }) => `The conda environment ${at} is another: one file has one.`),
      'It has no more than packages of conda and pip, and what these bring.',
    ];
    const text = textOf(environment, conda, pip, lacks);
    return { files: [{ name: 'environment.yml', content: text }, ...beside(conda, pip)], lacks };
  },
};

function textOf(
  { name, about }: RenderedEnvironment,
  { files = {} }: Recipe,
  pip: Recipe | undefined,
  lacks: readonly string[],
): string {
  const how = [
    '',
    `conda env create --file environment.yml`,
    `The same with hashes: conda create --name ${name} --file explicit.txt`,
  ];
  // The dependencies are the last of the file.
  const more = pip ? '  - pip:\n      - -r requirements.txt\n' : '';
  return `${comment([...about, ...lacks, ...how])}\n${stringify({ name })}${files['environment.yml']}${more}`;
}

function beside({ files = {} }: Recipe, pip: Recipe | undefined): RenderedFile[] {
  const texts = { 'explicit.txt': files['explicit.txt'], 'requirements.txt': pip?.files?.['requirements.txt'] };
  return Object.entries(texts).flatMap(([name, content]) => (content === undefined ? [] : [{ name, content }]));
}

function nothingOfConda(): ReproError {
  return new ReproError('usage', 'the spec has no packages of conda that a channel has', {
    remedy: 'render it to another format: dockerfile, singularity, vagrantfile, cloud-init or devcontainer',
  });
}
