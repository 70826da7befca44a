import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDockerfile } from '../../src/lineage/recipes/dockerfile.js';
import { isSameImage, parseImageReference, showImage } from '../../src/lineage/recipes/image-reference.js';
import { parseRecipe, readRecipeFile, recipeName } from '../../src/lineage/recipes/read.js';
import { baseOfRecipe, imagesOfRecipe, stagesOfImage } from '../../src/lineage/recipes/recipe.js';

const digest = `sha256:${'a'.repeat(64)}`;

describe('the name of an image', () => {
  it.each([
    ['debian', 'debian:latest'],
    ['debian:12', 'debian:12'],
    ['library/debian:12', 'debian:12'],
    ['docker.io/library/debian:12', 'debian:12'],
    ['docker://ubuntu:16.04', 'ubuntu:16.04'],
    ['user/tool', 'user/tool:latest'],
    ['ghcr.io/Owner/tool:v1', 'ghcr.io/Owner/tool:v1'],
    ['localhost:5000/tool', 'localhost:5000/tool:latest'],
    ['localhost/tool', 'localhost/tool:latest'],
    [`debian@${digest}`, `debian@${digest}`],
    [`debian:12@${digest}`, `debian:12@${digest}`],
    ['shub://ISU-HPC/centos7-base', 'shub/ISU-HPC/centos7-base:latest'],
  ])('%s is %s', (text, shown) => {
    const image = parseImageReference(text);
    expect(image && showImage(image)).toBe(shown);
  });

  it.each(['', 'a b', '$BASE', 'debian:', ':12', 'a//b', '-x'])('is not %j', (text) => {
    expect(parseImageReference(text)).toBeUndefined();
  });

  it.each([
    ['debian', 'docker.io/library/debian:latest', true],
    ['debian:12', 'debian:11', false],
    ['debian:12', 'ghcr.io/debian:12', false],
    [`debian@${digest}`, `debian:12@${digest}`, true],
    [`debian:12@${digest}`, 'debian:12', true],
    [`debian@${digest}`, `debian@sha256:${'b'.repeat(64)}`, false],
  ])('%s is that of %s: %s', (asked, known, same) => {
    const [one, other] = [parseImageReference(asked), parseImageReference(known)];
    expect(one && other && isSameImage(one, other)).toBe(same);
  });
});

describe('the base of a Dockerfile', () => {
  it.each([
    ['plain', 'FROM debian:12', 'image debian:12'],
    ['in small letters, with CRLF and a byte order mark', '\uFEFFfrom debian:12\r\nrun x\r\n', 'image debian:12'],
    ['after comments and directives', '# syntax=docker/dockerfile:1\n\n# FROM no\n  FROM debian:12', 'image debian:12'],
    ['with a platform', 'FROM --platform=$BUILDPLATFORM debian:12 AS build', 'image debian:12'],
    ['with an argument', `ARG TAG=12\nFROM debian:\${TAG}`, 'image debian:12'],
    ['with an argument in quotes', 'ARG BASE="debian:12"\nFROM $BASE', 'image debian:12'],
    ['with an argument of an argument', `ARG V=12\nARG BASE=debian:$V\nFROM \${BASE}`, 'image debian:12'],
    ['with two arguments in a line', 'ARG A=debian B=12\nFROM $A:$B', 'image debian:12'],
    ['with a default', `FROM debian:\${TAG:-12}`, 'image debian:12'],
    ['with another value', `ARG SLIM=1\nFROM debian:12\${SLIM:+-slim}`, 'image debian:12-slim'],
    ['with an argument without a value', 'ARG BASH\nFROM bash:$BASH', 'unknown bash:$BASH'],
    ['with an argument that only a stage has', 'FROM a AS x\nARG T=1\nFROM b:$T', 'unknown b:$T'],
    ['of nothing', 'FROM scratch\nCOPY a /', 'scratch scratch'],
    ['of a stage of its own', 'FROM golang:1 AS Build\nFROM debian:12 as run\nFROM run', 'image debian:12'],
    ['of stages one on the other', 'FROM a:1 AS x\nFROM x AS y\nFROM y', 'image a:1'],
    ['called as a later stage', 'FROM debian\nFROM x AS debian', 'image x'],
    ['called as its own stage', 'FROM debian:12 AS debian:12', 'image debian:12'],
    ['on lines that go on', 'FROM \\\n  # a comment\n\n  debian:12', 'image debian:12'],
    ['with another escape', '# escape=`\nFROM `\n  debian:12\nRUN dir c:\\', 'image debian:12'],
    ['below what looks like one in a document', 'FROM a\nRUN <<EOF\nFROM b\nEOF\nRUN x', 'image a'],
    ['by its digest', `FROM debian:12@${digest}`, `image debian:12@${digest}`],
  ])('%s', (_, text, expected) => {
    const base = baseOfRecipe(parseDockerfile(text));
    const shown = base?.kind === 'image' ? showImage(base.image).replace(/:latest$/, '') : base?.text;
    expect(`${base?.kind} ${shown}`).toBe(expected);
  });

  it('takes the values of build arguments before its own', () => {
    const recipe = parseDockerfile('ARG TAG=11\nFROM debian:$TAG', new Map([['TAG', '12']]));
    expect(baseOfRecipe(recipe)).toMatchObject({ kind: 'image', text: 'debian:12' });
  });

  it('names all images that a build takes', () => {
    const recipe = parseDockerfile('FROM golang:1 AS build\nFROM build AS test\nFROM debian:12\nCOPY --from=build a b');
    expect(imagesOfRecipe(recipe).map(showImage)).toEqual(['golang:1', 'debian:12']);
  });
});

describe('the instructions of a Dockerfile', () => {
  const text = [
    'FROM debian:12',
    'RUN apt-get update && \\',
    '    # for the tool',
    '    apt-get install -y curl',
    'COPY <<one.txt <<-two.txt /etc/',
    'first',
    'one.txt',
    '\tsecond',
    '\ttwo.txt',
    'CMD ["sh"]',
  ].join('\n');

  it('have their first and last lines', () => {
    const [stage] = stagesOfImage(parseDockerfile(text));
    expect(stage?.instructions.map(({ keyword, line, endLine }) => [keyword, line, endLine])).toEqual([
      ['RUN', 2, 4],
      ['COPY', 5, 9],
      ['CMD', 10, 10],
    ]);
  });

  it('are joined as the builder joins them', () => {
    const [stage] = stagesOfImage(parseDockerfile(text));
    expect(stage?.instructions[0]?.text.replace(/\s+/g, ' ')).toBe('apt-get update && apt-get install -y curl');
    expect(stage?.instructions[1]?.text).toContain('first\nsecond');
  });

  it('take no shift of a shell for a document without an end', () => {
    const [stage] = stagesOfImage(parseDockerfile('FROM a\nRUN cat <<EOF\nCMD x'));
    expect(stage?.instructions.map(({ keyword }) => keyword)).toEqual(['RUN', 'CMD']);
  });
});

describe('the base of a Singularity definition', () => {
  it.each([
    ['of Docker', 'Bootstrap: docker\nFrom: ubuntu:16.04\n%post\n  From: no', 'image ubuntu:16.04'],
    ['in other letters', 'BootStrap:docker\nFROM:ubuntu:16.04', 'image ubuntu:16.04'],
    [
      'with registry and namespace',
      'Bootstrap: docker\nRegistry: ghcr.io\nNamespace: me\nFrom: t:1',
      'image ghcr.io/me/t:1',
    ],
    ['in another order, with a comment', 'From : ubuntu:16.04 # LTS\nBootstrap : docker', 'image ubuntu:16.04'],
    ['of Singularity Hub', 'Bootstrap: shub\nFrom: ISU-HPC/base', 'image shub/ISU-HPC/base:latest'],
    ['with an argument', 'Bootstrap: docker\nFrom: debian:{{ V }}\n%arguments\n V=12', 'image debian:12'],
    ['with an argument without a value', 'Bootstrap: docker\nFrom: debian:{{ V }}', 'unknown debian:{{ V }}'],
    ['made by debootstrap', 'Bootstrap: debootstrap\nOSVersion: trusty', 'bootstrap debootstrap trusty'],
    ['of an image file', 'Bootstrap: localimage\nFrom: base.sif', 'bootstrap localimage base.sif'],
    ['of nothing', 'Bootstrap: scratch', 'scratch scratch'],
    [
      'of a later stage',
      'Bootstrap: docker\nFrom: golang:1\nStage: build\n%post\n make\nBootstrap: docker\nFrom: debian:12\nStage: final',
      'image debian:12',
    ],
  ])('%s', (_, text, expected) => {
    const recipe = parseRecipe(text);
    const base = recipe && baseOfRecipe(recipe);
    expect(recipe?.format).toBe('singularity');
    expect(`${base?.kind} ${base?.kind === 'image' ? showImage(base.image) : base?.text}`).toBe(expected);
  });

  it('has its sections with their lines', () => {
    const recipe = parseRecipe('Bootstrap: docker\nFrom: a\n\n%post\n  x\n  y\n%runscript\n  z\n');
    expect(recipe?.stages[0]?.instructions).toMatchObject([
      { keyword: '%post', line: 4, endLine: 6 },
      { keyword: '%runscript', line: 7 },
    ]);
  });
});

describe('a file', () => {
  it.each([
    ['Dockerfile', 'FROM a', true],
    ['list.txt', '/etc\n/etc/passwd\n', false],
    ['list.json', '[{"Analysis":[]}]', false],
    ['environment.yml', 'name: x\nbootstrap: y\nfrom: z\n', false],
    ['base.def', '# ours\nFrom : debian\nBootstrap : docker\n', true],
    ['only-arguments', 'ARG X=1\n', false],
    ['binary', 'FROM a\0', false],
    ['empty', '', false],
  ])('%s is a recipe by its content: %#', async (name, content, isRecipe) => {
    const folder = await mkdtemp(join(tmpdir(), 'recipe-'));
    try {
      await writeFile(join(folder, name), content);
      expect((await readRecipeFile(join(folder, name))) !== undefined).toBe(isRecipe);
      expect(await readRecipeFile(folder)).toBeUndefined();
      expect(await readRecipeFile(join(folder, 'none'))).toBeUndefined();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each([
    ['tool/Dockerfile', 'tool'],
    ['Dockerfile.tool', 'tool'],
    ['x/tool.Dockerfile', 'tool'],
    ['x/Singularity.tool', 'tool'],
    ['x/tool.def', 'tool'],
    ['Dockerfile', 'Dockerfile'],
  ])('%s makes %s', (file, name) => {
    expect(recipeName(file)).toBe(name);
  });
});
