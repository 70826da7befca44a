import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { backends, outers } from '../backends/registry.js';
import { distributions } from '../src/distributions/registry.js';

const project = fileURLToPath(new URL('..', import.meta.url));
const sources = [...sourcesIn('src'), ...sourcesIn('backends')];

/** From the top; a file imports from its own layer and from those below. Layers of one row may import one another. */
const layers: readonly (readonly string[])[] = [
  ['src/index.ts', 'src/commands'],
  ['src/cli'],
  ['src/similarity', 'src/comparison', 'src/lineage'],
  ['src/sources'],
  ['src/resources', 'src/bundle'],
  ['src/planning', 'src/proof', 'src/rendering'],
  ['src/capture'],
  ['src/spec'],
  ['backends'],
  ['src/identification'],
  ['src/distributions'],
  ['src/packaging'],
  ['src/archives'],
  ['src/tracing'],
  ['src/filesystem', 'src/machines'],
  ['src/templates'],
  ['src/model'],
  [
    'src/errors.ts',
    'src/exec.ts',
    'src/file-lock.ts',
    'src/hash.ts',
    'src/log.ts',
    'src/package-files.ts',
    'src/presence.ts',
    'src/process-identity.ts',
    'src/scratch.ts',
    'src/whole-file.ts',
  ],
];

describe('layers', () => {
  it('holds every source file', () => {
    expect(sources.filter((file) => layerOf(file) === -1)).toEqual([]);
  });

  it('imports only downwards', () => {
    const upwards = imports().filter(({ from, to }) => layerOf(to) < layerOf(from));
    expect(upwards.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it('lets only the registries import a plug-in from outside its folder', () => {
    const foreign = imports().filter(({ from, to }) => {
      const plugin = pluginOf(to);
      return plugin !== undefined && pluginOf(from) !== plugin && !from.endsWith('/registry.ts');
    });
    expect(foreign.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });
});

describe('registries', () => {
  it.each([
    ['backends', { ...backends, ...outers }],
    ['src/distributions', distributions],
  ])('equals the folders of %s', async (folder, registry) => {
    const folders = readdirSync(join(project, folder), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(Object.keys(registry).sort()).toEqual(folders.map((entry) => entry.name).sort());
    for (const [name, load] of Object.entries(registry)) expect((await load()).name).toBe(name);
  });
});

describe('the base of a machine', () => {
  it('is named outside of its folder only where CONTRIBUTING says so', async () => {
    const modules = await Promise.all(Object.values(distributions).map((load) => load()));
    const bases = modules.flatMap(({ name, base }) => (base ? [name] : []));
    const [, section = ''] = /^## Adding a distribution\n([\s\S]*?)^1\. /m.exec(textOf('CONTRIBUTING.md')) ?? [];
    const told = [...section.matchAll(/`((?:src|backends)\/[^`]+)`/g)].map(([, place = '']) => place);
    const naming = sources.filter((file) => {
      const others = bases.filter((name) => !file.startsWith(`src/distributions/${name}/`));
      return new RegExp(`'(?:${others.join('|')})'`).test(codeOf(file));
    });
    const isTold = (file: string) => told.some((place) => file === place || file.startsWith(`${place}/`));
    expect(naming.filter((file) => !isTold(file))).toEqual([]);
    expect(told.filter((place) => !sources.some((file) => file === place || file.startsWith(`${place}/`)))).toEqual([]);
  });
});

describe('source files', () => {
  it('has no file over 250 lines', () => {
    const long = sources.filter((file) => textOf(file).trimEnd().split('\n').length > 250);
    expect(long).toEqual([]);
  });

  it('writes to the console and ends the process only in the command line', () => {
    const others = sources.filter((file) => !file.startsWith('src/cli/'));
    expect(others.filter((file) => /\bconsole\.|\bprocess\.exit\(/.test(textOf(file)))).toEqual([]);
  });

  it('lets backends act through their host alone', () => {
    const own =
      /\bfrom '(?:node:)?(?:fs|fs\/promises|child_process|net|tls|http|https|execa|dockerode|@aws-sdk\/[\w-]+)'/;
    const imported = (text: string) => text.replace(/^(?:im|ex)port type .*/gm, '');
    expect(sources.filter((file) => file.startsWith('backends/') && own.test(imported(textOf(file))))).toEqual([]);
  });

  it('loads the library of an engine or a cloud when it is first used', () => {
    const loaded = /^import (?!type\b).*'(?:dockerode|@aws-sdk\/[\w-]+|node-sqlite3-wasm)'/m;
    expect(sources.filter((file) => loaded.test(textOf(file)))).toEqual([]);
  });

  it('exports by name', () => {
    const commands = 'src/commands/';
    expect(sources.filter((file) => !file.startsWith(commands) && /^export default /m.test(textOf(file)))).toEqual([]);
  });
});

it('keeps download addresses out of package-lock.json', () => {
  expect(textOf('package-lock.json')).not.toMatch(/"resolved":/);
});

interface Import {
  readonly from: string;
  readonly to: string;
}

function imports(): Import[] {
  return sources.flatMap((from) => {
    const found = [...textOf(from).matchAll(/(?:\bfrom\s+|\bimport\(\s*|\bimport\s+)'(\.[^']+)\.js'/g)];
    return found.map(([, specifier = '']) => ({
      from,
      to: relative(project, join(project, dirname(from), `${specifier}.ts`)),
    }));
  });
}

function layerOf(file: string): number {
  return layers.findIndex((layer) => layer.some((part) => file === part || file.startsWith(`${part}/`)));
}

function pluginOf(file: string): string | undefined {
  return /^(backends\/[^/]+|src\/distributions\/[^/]+)\//.exec(file)?.[1];
}

function sourcesIn(folder: string): string[] {
  const entries = readdirSync(join(project, folder), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'));
  return files.map((entry) => relative(project, join(entry.parentPath, entry.name))).sort();
}

function codeOf(file: string): string {
  return textOf(file).replace(/^\s*(?:\/?\*|\/\/).*/gm, '');
}

function textOf(file: string): string {
  return readFileSync(join(project, file), 'utf8');
}
