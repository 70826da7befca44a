import { comment, dockerfileWord } from '../../templates/quoting.js';
import { fill } from '../../templates/templates.js';
import type { Format } from '../format.js';
import { lacksOf, pathText, provisionFiles, type RenderedEnvironment } from '../rendering.js';

/** https://docs.docker.com/reference/dockerfile/, of the oldest kind: any engine and builder reads it. */
export const dockerfile: Format = {
  base: 'docker',
  async render(environment, templates) {
    const { name, about, from, platform, user, command } = environment;
    const variables = Object.entries(environment.environment).map(([variable, value]) => ({ variable, value }));
    const has = ({ variable, value }: Variable) =>
      /^[A-Za-z_]\w*$/.test(variable) && dockerfileWord(value) !== undefined;
    const folder = dockerfileWord(pathText(environment.cwd));
    const lacks = lacksOf(environment, [
      ...variables
        .filter((each) => !has(each))
        .map(({ variable }) => `A Dockerfile cannot have the variable ${JSON.stringify(variable)} with its value.`),
      ...(folder === undefined ? ['A Dockerfile cannot have the name of the working directory.'] : []),
    ]);
    const text = fill(await templates.read('render/Dockerfile'), {
      about: comment([...about, ...lacks]),
      name,
      from,
      platform,
      stages: stagesOf(environment),
      environment: variables
        .filter(has)
        .map(({ variable, value }) => `ENV ${variable}=${dockerfileWord(value)}`)
        .join('\n'),
      folder: folder ?? '/',
      user: `${user.uid}:${user.gid}`,
      command: JSON.stringify(command),
    });
    return { files: [{ name: 'Dockerfile', content: text }, ...provisionFiles(environment)], lacks };
  },
};

interface Variable {
  readonly variable: string;
  readonly value: string;
}

/** One layer for each, so that only what changed is done again. */
function stagesOf({ stages }: RenderedEnvironment): string {
  return stages
    .map(({ name, title }) =>
      [
        comment([title]),
        `COPY provision/${name} /provision/${name}`,
        `RUN ["/bin/sh", "/provision/${name}/install.sh"]`,
      ].join('\n'),
    )
    .join('\n\n');
}
