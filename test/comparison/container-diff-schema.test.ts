import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Diff } from '../../src/commands/diff.js';
import { Snapshot } from '../../src/commands/snapshot.js';
import { analyzers, isLayeredAnalyzer } from '../../src/comparison/container-diff/kinds.js';
import { layerOf, writeSaved } from '../support/images.js';
import { jsonOutput, publishedSchema } from '../support/json-output.js';

const folder = mkdtempSync(join(tmpdir(), 'reproman-container-diff-'));
const source = (name: string) => `${name}=docker-archive:${join(folder, `${name}.tar`)}`;
const stanza = (name: string, version: string) =>
  `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\nInstalled-Size: 3\n\n`;

const python = 'usr/lib/python3.11/site-packages';

/** An image with something for all analyzers but that of rpm. */
const image = (version: string, ...more: string[]) => ({
  layers: [
    layerOf(
      {
        name: 'var/lib/dpkg/status',
        content: stanza('dash', version) + more.map((name) => stanza(name, '1')).join(''),
      },
      { name: `${python}/one-${version}.dist-info/METADATA`, content: `Name: one\nVersion: ${version}\n` },
      { name: `${python}/one-${version}.dist-info/RECORD`, content: '' },
      { name: 'node_modules/pac/package.json', content: JSON.stringify({ name: 'pac', version }) },
      { name: `var/db/pkg/dev-python/pkg-${version}/SIZE`, content: '7\n' },
      { name: 'changed', content: version },
    ),
    layerOf(...more.map((name) => ({ name, content: name })), {
      name: 'upper',
      content: version.repeat(more.length + 1),
    }),
  ].map((tar) => ({ tar })),
  config: { config: { Env: [`V=${version}`] }, history: [{ created_by: `RUN ${version}` }] },
});

beforeAll(() => {
  vi.stubEnv('XDG_DATA_HOME', join(folder, 'data'));
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  writeSaved(join(folder, 'one.tar'), [{ name: 'one:1', ...image('1.0') }]);
  writeSaved(join(folder, 'other.tar'), [{ name: 'other:1', ...image('1.1', 'sed') }]);
});
afterEach(() => {
  process.exitCode = undefined;
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const types = (asked: readonly string[]) => ['--format', 'container-diff', ...asked.flatMap((type) => ['-t', type])];
const titles = ['Apt', 'Emerge', 'File', 'FileLayer', 'History', 'Metadata', 'Node', 'Pip', 'Size', 'SizeLayer'];

describe('what is written as container-diff writes it is as the published schema has it', () => {
  const analysis = publishedSchema('container-diff-analysis');
  const difference = publishedSchema('container-diff');

  it('of one image, by every analyzer', async () => {
    const result = await jsonOutput(Snapshot, source('other'), ...types(analyzers));
    const found = result.map(({ AnalyzeType }: { AnalyzeType: string }) => AnalyzeType);
    expect(found).toEqual(expect.arrayContaining([...titles, 'AptLayer', 'RPMLayer']));
    expect(analysis.safeParse(result)).toMatchObject({ success: true });
    for (const each of result) {
      expect(analysis.safeParse([{ ...each, more: 1 }]).success).toBe(false);
      expect([each.AnalyzeType, analysis.safeParse([{ ...each, Analysis: [{ Name: 1 }] }]).success]).toEqual([
        each.AnalyzeType,
        false,
      ]);
    }
  });

  it.each([['other'], ['one']])('of two images, by every analyzer that compares: one and %s', async (name) => {
    const asked = analyzers.filter((analyzer) => !isLayeredAnalyzer(analyzer));
    const result = await jsonOutput(Diff, source('one'), source(name).replace('one=', 'same='), ...types(asked));
    expect(result.map(({ DiffType }: { DiffType: string }) => DiffType)).toEqual(expect.arrayContaining(titles));
    expect(difference.safeParse(result)).toMatchObject({ success: true });
    for (const each of result) expect(difference.safeParse([{ ...each, Diff: { Names: [] } }]).success).toBe(false);
  });

  // Its own tests/size_analysis_expected.json.
  it('by container-diff itself', () => {
    const image = 'gcr.io/gcp-runtimes/container-diff-tests/diff-base';
    const Digest = 'sha256:b48cce984ba2ddfbc56e1b44cfe3080145ab8c432309cab7010cb6ea725b7e0e';
    const size = [{ Image: image, AnalyzeType: 'Size', Analysis: [{ Name: image, Digest, Size: 295_151_156 }] }];
    expect(analysis.safeParse(size)).toMatchObject({ success: true });
  });
});
