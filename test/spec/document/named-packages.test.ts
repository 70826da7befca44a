import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../../src/spec/document/manifest.js';
import { byDistribution } from '../../../src/spec/document/named-packages.js';

const parse = (text: string) => parseManifest(`version: 1\n${text}`, 'environment.yml');

describe('a spec of names alone', () => {
  it('stands on the usual base, and asks that for what other kinds stand on', async () => {
    const { base, distributions, ...rest } = await parse("packages: [jq, 'python:numpy>=1.26', npm:semver]\n");
    expect(base).toEqual({
      ...{ distribution: 'debian', release: '12', codename: 'bookworm', architecture: 'amd64', layout: 'merged-usr' },
    });
    expect(distributions).toEqual([
      { name: 'debian', packages: ['jq', 'python3', 'nodejs'] },
      { name: 'python', environments: [{ path: '/opt/venv', packages: ['numpy>=1.26'] }] },
      { name: 'npm', trees: [{ path: '/opt/node/node_modules', packages: ['semver'] }] },
    ]);
    expect(rest).not.toHaveProperty('packages');
  });

  it('is refused where a kind is listed twice, or cannot be resolved', async () => {
    const twice = 'packages: [jq]\ndistributions:\n  - { name: debian, packages: [hello] }\n';
    await expect(parse(twice)).rejects.toThrow('packages of debian are asked for here, and under distributions');
    await expect(parse('packages: [r:ggplot2]\n')).rejects.toThrow('packages of R cannot be resolved from names');
  });

  it('has no usual base where a trace made it', async () => {
    const traced = 'distributions: []\nepoch: "2026-01-01T00:00:00Z"\n';
    await expect(parse(traced)).rejects.toThrow('base is missing; expected keys with values');
  });
});

it('tells architectures from kinds, and asks for nothing twice', async () => {
  expect([...(await byDistribution(['libc6:i386', 'python3=3.11.2-1', 'python:six'], 'debian'))]).toEqual([
    ['debian', ['libc6:i386', 'python3=3.11.2-1']],
    ['python', ['six']],
  ]);
});
