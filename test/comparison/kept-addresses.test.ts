import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { compareSourcePair } from '../../src/comparison/compare-sources.js';
import { analyzeAsContainerDiff, diffAsContainerDiff } from '../../src/comparison/container-diff/run.js';
import { imageRecipes } from '../../src/lineage/layers/layer-table.js';
import { makersOf } from '../../src/lineage/layers/makers.js';
import { lineageReport } from '../../src/lineage/report.js';
import { KeptAddresses } from '../../src/sources/kept-addresses.js';
import { sourcesOf } from '../../src/sources/open.js';
import type { Source } from '../../src/sources/source.js';
import { layerOf, writeLayout } from '../support/images.js';
import { needs } from '../support/needs.js';

const folder = mkdtempSync(join(tmpdir(), 'kept-addresses-'));
const at = (name: string) => join(folder, name);
const status = (version: string) =>
  `Package: jq\nStatus: install ok installed\nArchitecture: amd64\nInstalled-Size: 4\nVersion: ${version}\n\n`;
let asked: string[] = [];
let server: Server;
let sources: [Source, Source];

beforeEach(needs({ programs: ['tar'] }));
beforeAll(async () => {
  mkdirSync(at('temporary'));
  vi.stubEnv('XDG_CACHE_HOME', at('cache'));
  vi.stubEnv('TMPDIR', at('temporary'));
  for (const version of ['1', '2']) {
    const content = status(version);
    const tar = layerOf('var/', 'var/lib/', 'var/lib/dpkg/', { name: 'var/lib/dpkg/status', content });
    writeLayout(at(`layout${version}`), [{ name: 'one:1', layers: [{ tar }] }]);
    const members = ['blobs', 'index.json', 'oci-layout'];
    execFileSync('tar', ['-C', at(`layout${version}`), '-cf', at(`image${version}.tar`), ...members]);
  }
  server = createServer(({ url = '' }, answer) => {
    asked.push(url);
    answer.end(readFileSync(at(basename(url))));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  sources = sourcesOf([`one=${address}/image1.tar`, `two=${address}/image2.tar`]) as [Source, Source];
});
beforeEach(() => {
  asked = [];
});
afterAll(() => {
  vi.unstubAllEnvs();
  server.close();
  rmSync(folder, { recursive: true });
});

function expectFetchedOnce(...names: readonly string[]): void {
  expect(asked).toEqual(names.map((name) => `/${name}`));
  expect(readdirSync(at('temporary'))).toEqual([]);
}

describe('images at addresses are fetched once', () => {
  it('for all that container-diff tells of one', async () => {
    const { json } = await analyzeAsContainerDiff(sources[0], ['file', 'layer', 'apt', 'aptlayer', 'metadata'], {});
    expect(json.map(({ AnalyzeType }) => AnalyzeType)).toContain('AptLayer');
    expectFetchedOnce('image1.tar');
  });

  it('for all that container-diff tells of two', async () => {
    const { json } = await diffAsContainerDiff(sources, ['apt', 'file', 'layer', 'metadata'], {});
    expect(JSON.stringify(json)).toContain('jq');
    expect([...asked].sort()).toEqual(['/image1.tar', '/image2.tar']);
    expect(readdirSync(at('temporary'))).toEqual([]);
  });

  it('where it fails after they came', async () => {
    const list = { name: 'list', text: `paths:${at('layout1/index.json')}` };
    await expect(diffAsContainerDiff([sources[0], list], ['layer'], {})).rejects.toThrow('this has no layers');
    expectFetchedOnce('image1.tar');
  });

  it('to compare them, and their texts', async () => {
    const { comparison } = await compareSourcePair(sources, { normalize: true });
    expect(comparison.files.changes).not.toEqual([]);
    expectFetchedOnce('image1.tar', 'image2.tar');
  });

  it('for their lineage and which layer made what', async () => {
    {
      await using kept = new KeptAddresses();
      const options = { hash: false, kept };
      const { subjects } = await lineageReport(sources, options);
      expect(await imageRecipes(sources, subjects, options)).toHaveLength(2);
      expect(await makersOf('/var/lib/dpkg/status', sources, options)).toHaveLength(2);
    }
    expectFetchedOnce('image1.tar', 'image2.tar');
  });
});
