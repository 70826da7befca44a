import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageSteps, recipeFit } from '../../src/lineage/layers/align.js';
import { toldInstruction } from '../../src/lineage/layers/history-text.js';
import { imageRecipes } from '../../src/lineage/layers/layer-table.js';
import { makersOf } from '../../src/lineage/layers/makers.js';
import { compareRecipes } from '../../src/lineage/layers/side-by-side.js';
import { parseDockerfile } from '../../src/lineage/recipes/dockerfile.js';
import { lineageReport } from '../../src/lineage/report.js';
import { comparedRecipes, lineageResult } from '../../src/lineage/result.js';
import { lineageResultSchema } from '../../src/lineage/schema.js';
import { toolchainOf } from '../../src/lineage/toolchain.js';
import { sourcesOf } from '../../src/sources/open.js';
import { layerOf, writeSaved } from '../support/images.js';
import { layers } from './support.js';

const recipe = [
  'ARG TAG=12',
  'FROM golang:1 AS build',
  'RUN make tool',
  'FROM debian:$TAG',
  'ENV A=b \\',
  '    C=d',
  'RUN apt-get update && \\',
  '    apt-get install -y --no-install-recommends curl',
  'COPY --from=build --chown=1:1 /tool /usr/local/bin/tool',
  'COPY run.sh /opt/run.sh',
  'WORKDIR /opt',
  'CMD ["sh", "run.sh"]',
].join('\n');

/** As the classic builder and as BuildKit write it; the first two are of the base. */
const histories = {
  classic: [
    '/bin/sh -c #(nop) ADD file:0123456789abcdef in / ',
    '/bin/sh -c #(nop)  CMD ["bash"]',
    '/bin/sh -c #(nop)  ENV A=b C=d',
    '/bin/sh -c apt-get update &&     apt-get install -y --no-install-recommends curl',
    '/bin/sh -c #(nop) COPY --chown=1:1file:aaaa in /usr/local/bin/tool ',
    '/bin/sh -c #(nop) COPY file:bbbb in /opt/run.sh ',
    '/bin/sh -c #(nop) WORKDIR /opt',
    '/bin/sh -c #(nop)  CMD ["sh" "run.sh"]',
  ],
  buildkit: [
    '# debian.sh --arch amd64 out/ bookworm',
    'CMD ["bash"]',
    'ENV A=b C=d',
    'RUN |1 TAG=12 /bin/sh -c apt-get update &&     apt-get install -y --no-install-recommends curl # buildkit',
    'COPY /tool /usr/local/bin/tool # buildkit',
    'COPY run.sh /opt/run.sh # buildkit',
    'WORKDIR /opt',
    'CMD ["sh" "run.sh"]',
  ],
};
const withoutLayer = new Set([1, 2, 6, 7]);

describe('instructions in a history', () => {
  it.each([
    ['/bin/sh -c #(nop)  CMD ["sh"]', 'CMD', '["sh"]'],
    ['/bin/sh -c apt-get update', 'RUN', 'apt-get update'],
    ['RUN /bin/sh -c apt-get update # buildkit', 'RUN', 'apt-get update'],
    ['|2 A=b C=/bin/sh -c d /bin/sh -c make', 'RUN', 'd /bin/sh -c make'],
    ['RUN |1 TAG=12 /bin/bash -o pipefail', undefined, undefined],
    ['SHELL [/bin/bash -c]', 'SHELL', '[/bin/bash -c]'],
    ['sh -c trap exit', undefined, undefined],
    ['', undefined, undefined],
  ])('%j is %s', (text, keyword, rest) => {
    const told = toldInstruction(text);
    // What names no command of a shell is told as it is.
    if (text.startsWith('RUN |1')) expect(told?.keyword).toBe('RUN');
    else expect([told?.keyword, told?.text]).toEqual([keyword, rest]);
  });
});

describe('the steps of an image', () => {
  it.each(Object.entries(histories))('have the lines of its recipe (%s)', (_, texts) => {
    const history = texts.map((createdBy, at) => ({ createdBy, ...(withoutLayer.has(at) && { empty: true }) }));
    const image = { ...layers(1, 2, 3, 4), history };
    const steps = imageSteps(image, parseDockerfile(recipe));
    expect(steps.map(({ layer, line, endLine, isBase }) => [layer, line, endLine, isBase])).toEqual([
      [1, undefined, undefined, true],
      [undefined, undefined, undefined, true],
      [undefined, 5, 6, undefined],
      [2, 7, 8, undefined],
      [3, 9, 9, undefined],
      [4, 10, 10, undefined],
      [undefined, 11, 11, undefined],
      [undefined, 12, 12, undefined],
    ]);
    expect(recipeFit(image, parseDockerfile(recipe))).toBe(1);
  });

  it('have only layers where nothing is told', () => {
    expect(imageSteps(layers(1, 2), undefined).map(({ layer }) => layer)).toEqual([1, 2]);
  });

  it('name no layer where the history is of others', () => {
    const image = { ...layers(1), history: [{ createdBy: 'RUN /bin/sh -c a' }, { createdBy: 'RUN /bin/sh -c b' }] };
    expect(imageSteps(image, undefined).map(({ layer }) => layer)).toEqual([undefined, undefined]);
  });

  it('are none of another recipe', () => {
    const history = histories.buildkit.map((createdBy) => ({ createdBy, empty: true }));
    const other = parseDockerfile('FROM alpine\nRUN apk add nginx\nEXPOSE 80\nVOLUME /srv');
    expect(recipeFit({ ...layers(), history }, other)).toBe(0);
  });
});

describe('two recipes side by side', () => {
  it('have the same, the changed, and what only one has', () => {
    const one = parseDockerfile('FROM debian:11\nRUN a\nENV X=1\nRUN b\nCMD x');
    const other = parseDockerfile('FROM debian:12\nRUN a\nRUN c\nCMD x\nUSER me');
    expect(compareRecipes(one, other).map(({ kind, before, after }) => [kind, before?.line, after?.line])).toEqual([
      ['changed', 1, 1],
      ['same', 2, 2],
      ['removed', 3, undefined],
      ['changed', 4, 3],
      ['same', 5, 4],
      ['added', undefined, 5],
    ]);
  });

  it('are the same whatever their spaces', () => {
    const rows = compareRecipes(parseDockerfile('FROM a\nRUN x  \\\n  y'), parseDockerfile('from a\nrun x y'));
    expect(rows.map(({ kind }) => kind)).toEqual(['same', 'same']);
  });
});

describe('an image of several layers', () => {
  let folder = '';
  const bottom = layerOf('usr/', 'opt/', { name: 'usr/a', content: 'aaa' }, { name: 'usr/gone', content: 'gone' });
  const middle = layerOf('opt/', { name: 'opt/run', content: 'one' }, { name: 'usr/.wh.gone' });
  const top = layerOf('opt/', { name: 'opt/run', content: 'other' }, { name: 'opt/new', content: 'n' });
  const history = [
    { created_by: '/bin/sh -c #(nop) ADD file:00 in / ' },
    { created_by: 'ENV A=b', empty_layer: true },
    { created_by: 'RUN /bin/sh -c make one # buildkit' },
    { created_by: 'RUN /bin/sh -c make other # buildkit' },
  ];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'layers-'));
    const stack = [bottom, middle, top].map((tar) => ({ tar }));
    writeSaved(join(folder, 'app.tar'), [{ name: 'me/app:1', layers: stack, config: { history } }]);
    writeSaved(join(folder, 'base.tar'), [
      { name: 'me/base:1', layers: stack.slice(0, 1), config: { history: history.slice(0, 1) } },
    ]);
    await writeFile(join(folder, 'Dockerfile'), 'FROM me/base:1\nENV A=b\nRUN make one\nRUN make other\n');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('says which step made each file', async () => {
    const sources = sourcesOf([`app=docker-archive:${join(folder, 'app.tar')}`]);
    const makers = await makersOf('/{opt/*,usr/*}', sources, { hash: false });
    expect(makers.map(({ path, layer, instruction }) => [path, layer, instruction])).toEqual([
      ['/opt/new', 3, 'RUN make other'],
      ['/opt/run', 3, 'RUN make other'],
      ['/usr/a', 1, 'ADD file:00 in /'],
    ]);
    expect((await makersOf('/opt', sources, { hash: false })).map(({ layer }) => layer)).toEqual([1]);
  });

  it('names the line of a recipe that is given beside it', async () => {
    const sources = sourcesOf([`app=docker-archive:${join(folder, 'app.tar')}`]);
    const recipes = ['FROM x\nRUN other thing', 'FROM me/base:1\nENV A=b\nRUN make one\nRUN make other'].map((text) =>
      parseDockerfile(text),
    );
    const makers = await makersOf('/opt/new', sources, { hash: false }, recipes);
    expect(makers.map(({ line }) => line)).toEqual([4]);
  });

  it('is matched with the recipe among the sources, with what each step did', async () => {
    const sources = sourcesOf([
      `app=docker-archive:${join(folder, 'app.tar')}`,
      `base=docker-archive:${join(folder, 'base.tar')}`,
      join(folder, 'Dockerfile'),
    ]);
    const options = { hash: false, packages: true };
    const report = await lineageReport(sources, options);
    const recipes = await imageRecipes(sources, report.subjects, options);
    expect(recipes.map(({ source, recipe, fit }) => [source, recipe !== undefined, fit])).toEqual([
      ['app', true, 1],
      ['base', false, undefined],
    ]);
    expect(recipes[0]?.steps.map(({ line, isBase, files }) => [line, isBase, files])).toEqual([
      [undefined, true, { added: 2, changed: 0, removed: 0, bytes: 7 }],
      [2, undefined, undefined],
      [3, undefined, { added: 1, changed: 0, removed: 1, bytes: 3 }],
      [4, undefined, { added: 1, changed: 1, removed: 0, bytes: 6 }],
    ]);
    expect(report.lineage.parents.get('app')).toMatchObject({ parent: 'base', evidence: 'layers' });
    const result = lineageResult(report, {
      toolchain: toolchainOf(report.subjects, report.trie, report.managers),
      recipes,
      compared: comparedRecipes(report.subjects),
    });
    expect(lineageResultSchema.parse(JSON.parse(JSON.stringify(result)))).toEqual(JSON.parse(JSON.stringify(result)));
  });
});
