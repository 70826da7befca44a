import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { condaRequests, exactConda, requestConda } from '../../../src/distributions/conda/requests.js';
import { resolveConda } from '../../../src/distributions/conda/resolve.js';
import { condaLockSchema, condaManifestSchema } from '../../../src/distributions/conda/schema.js';
import { tarMembers } from '../../../src/filesystem/tar.js';
import { localMachine } from '../../../src/machines/local.js';
import { silent } from '../../../src/model/progress.js';
import { folderContents } from '../../../src/spec/folder/contents.js';
import { type CondaSource, installWithConda } from '../../support/conda.js';
import { needs, shared } from '../../support/needs.js';
import { serveFolder } from '../../support/serve-folder.js';

describe('a request for a package of conda', () => {
  it.each([
    ['numpy', 'numpy'],
    ['numpy>=1.26,<2', 'numpy'],
    ['Python=3.11', 'python'],
    ['conda-forge::zlib=1.3=h0_1', 'zlib'],
  ])('%s is for %s', (text, name) => {
    expect(condaRequests.parse(text)).toEqual({ name, text });
  });
  it.each(['--file', 'numpy >=1', 'numpy[channel=x]', ''])('is not %j', (text) => {
    expect(condaRequests.parse(text)).toBeUndefined();
  });
});

describe('packages that a program of conda chooses', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reproman-conda-resolve-'));
  const channel = join(folder, 'channel');
  let server: Awaited<ReturnType<typeof serveFolder>>;
  const python: CondaSource = {
    ...{ name: 'python', version: '3.11.5', build: 'h1_0' },
    files: { 'bin/python3.11': { text: '#!/bin/sh\n', mode: 0o775 }, 'bin/python': { link: 'python3.11' } },
  };
  const tool: CondaSource = {
    ...{ name: 'tool', version: '2.0', build: 'py_0', noarch: 'python', depends: ['python >=3.8', '__glibc >=2.17'] },
    entry_points: ['tool = tool.main:run'],
    files: { 'site-packages/tool/main.py': { text: 'at = "{placeholder}"\n' } },
  };
  const prepare = shared(async () => {
    const pkgs = join(channel, 'linux-64');
    installWithConda({ root: join(folder, 'root'), prefix: '/opt/conda', pkgs, packages: [python, tool] });
    server = await serveFolder(channel);
  });
  beforeEach(async (context) => {
    await needs({ programs: ['/usr/bin/python3', 'zstd'] })(context);
    await prepare();
  });
  afterEach(() => void vi.unstubAllEnvs());
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  /** A program that answers as micromamba does of what the channel has, and writes down what it was asked. */
  function solver(answer: object): string {
    const bin = mkdtempSync(join(folder, 'bin-'));
    const script = `#!/bin/sh\nprintf '%s\\n' "$@" >"${bin}/asked"\ncat <<'END'\n${JSON.stringify(answer)}\nEND\n`;
    writeFileSync(join(bin, 'micromamba'), script);
    chmodSync(join(bin, 'micromamba'), 0o755);
    vi.stubEnv('PATH', `${bin}:${process.env['PATH']}`);
    vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
    return bin;
  }

  function fetches(): object[] {
    return [python, tool].map(({ name, version, build, depends = [] }) => {
      const fn = readdirSync(join(channel, 'linux-64')).find((each) => each.startsWith(`${name}-`)) ?? '';
      const sha256 = createHash('sha256')
        .update(readFileSync(join(channel, 'linux-64', fn)))
        .digest('hex');
      const about = { name, version, build, depends, fn, sha256, subdir: 'linux-64', timestamp: 1_600_000_000_000 };
      return { ...about, url: `${server.url}/linux-64/${fn}`, channel: server.url };
    });
  }

  async function resolve(packages: readonly string[]) {
    await using host = await localMachine();
    const base = { distribution: 'debian', release: '12', architecture: 'amd64', layout: 'merged-usr' } as const;
    mkdirSync(join(folder, 'contents'), { recursive: true });
    const contents = folderContents(join(folder, 'contents'));
    return resolveConda(condaManifestSchema.parse(requestConda(packages)), {
      base,
      libc: 'glibc',
      host,
      contents,
      progress: silent,
    });
  }

  it('are put in place as they would be installed, with their records and programs', async () => {
    const bin = solver({ success: true, actions: { FETCH: fetches() } });
    vi.stubEnv('REPROMAN_CONDA_CHANNELS', server.url);
    const { lock, epoch } = await resolve(['tool>=1']);
    expect(readFileSync(join(bin, 'asked'), 'utf8')).toMatch(/--override-channels\n-c\nhttp\S+\ntool>=1\n$/);
    expect(condaLockSchema.parse(lock)).toEqual(lock);
    expect(lock.packages.map(({ name, used, needs: own }) => [name, used, own])).toEqual([
      ['python', false, undefined],
      ['tool', true, ['python']],
    ]);
    expect(lock.packages[1]?.installing).toMatchObject({ sitePackages: 'lib/python3.11/site-packages' });
    expect([epoch, exactConda(lock).prefixes[0]?.packages]).toEqual([1_600_000_000, ['tool=2.0=py_0']]);
    const tar = readFileSync(join(folder, 'contents', lock.prefixes[0]?.rest ?? ''));
    const made = new Map<string, string>();
    for await (const { path, type, content } of tarMembers(folded(tar))) {
      const chunks: Buffer[] = [];
      for await (const chunk of content) chunks.push(chunk);
      if (type === 'file') made.set(path, Buffer.concat(chunks).toString());
    }
    expect([...made.keys()].sort()).toEqual([
      '/opt/conda/bin/tool',
      '/opt/conda/conda-meta/history',
      '/opt/conda/conda-meta/python-3.11.5-h1_0.json',
      '/opt/conda/conda-meta/tool-2.0-py_0.json',
    ]);
    expect(made.get('/opt/conda/bin/tool')).toContain('from tool.main import run');
    const record = JSON.parse(made.get('/opt/conda/conda-meta/tool-2.0-py_0.json') ?? '');
    expect(record.files).toEqual(['bin/tool', 'lib/python3.11/site-packages/tool/main.py']);
    expect(record.paths_data.paths[0].sha256_in_prefix).toBe(
      createHash('sha256').update('at = "/opt/conda"\n').digest('hex'),
    );
  });

  it('are refused with what the program says, and where there is no such program', async () => {
    solver({ success: false, solver_problems: ['nothing provides requested nothing'] });
    await expect(resolve(['nothing'])).rejects.toThrow('nothing provides requested nothing');
    vi.stubEnv('PATH', '/usr/bin:/bin');
    await expect(resolve(['tool'])).rejects.toThrow('no program on');
  });

  it('are refused where a file is another than the channel says', async () => {
    const wrong = fetches().map((each) => ({ ...each, sha256: '0'.repeat(64) }));
    solver({ actions: { FETCH: wrong } });
    await expect(resolve(['tool'])).rejects.toThrow(/cannot be had/);
  });
});

async function* folded(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}
