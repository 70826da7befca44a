import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type FilePath, rootPath } from '../../src/model/file-path.js';
import type { PlannedPackage, Step } from '../../src/model/plan.js';
import type { BaseSystem } from '../../src/packaging/base-system.js';
import type { DistributionModule } from '../../src/packaging/distribution.js';
import type { Recipe } from '../../src/packaging/recipe.js';
import { Carried } from '../../src/rendering/carried.js';
import { distributionStage } from '../../src/rendering/stages.js';
import { folderContents } from '../../src/spec/folder/contents.js';
import { openTemplates } from '../../src/templates/templates.js';

const module: DistributionModule = {
  name: 'test',
  title: 'test packages',
  manifestSchema: z.object({ name: z.string() }),
  lockSchema: z.object({ name: z.string() }),
  databases: [],
  open: async () => undefined,
  plan: () => ({ steps: [] }),
  compareVersions: () => 0,
  base: { isRecord: (path) => path === '/lib/db' } as BaseSystem,
};

function planned(name: string, urls: readonly string[] = [], extra: Partial<PlannedPackage['artifact']> = {}) {
  const digest = { algorithm: 'sha256', value: name.repeat(64).slice(0, 64) } as const;
  return {
    ...{ distribution: 'test', name, version: '1', used: true },
    artifact: { name: `${name}.deb`, digest, urls, ...extra },
  } satisfies PlannedPackage;
}

const unpack = ({ name, artifact }: ReturnType<typeof planned>): Step => ({
  ...{ kind: 'unpack', path: rootPath, content: artifact.digest.value, reason: name },
});
const echo = (word: string): Step => ({ kind: 'run', argv: ['echo', word], reason: word });

async function stageOf(steps: readonly Step[], artifacts: readonly PlannedPackage[], recipes: readonly Recipe[]) {
  const contents = folderContents('/no/such');
  const carried = new Carried(contents, async () => new Map());
  const part = { module, half: { name: 'test' }, plan: { steps, artifacts } };
  const { files } = await distributionStage(part, recipes, { carried, templates: openTemplates(own) });
  const [script] = files;
  const text = typeof script?.content === 'string' ? script.content : '';
  const commands = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return { commands: commands.slice(3), names: files.map(({ name }) => name), carried: carried.packages };
}

/** A script of one line, whatever the shipped one is. */
const own = mkdtempSync(join(tmpdir(), 'stages-'));
mkdirSync(join(own, 'provision'));
writeFileSync(join(own, 'provision/rpm.sh'), 'rpm --upgrade ./*.rpm\n');
afterAll(() => rmSync(own, { recursive: true }));

const [a, b, c] = [planned('a'), planned('b'), planned('c')];
const recipe = { script: 'rpm', fetched: 'itself' } as const;

it('puts what a tool installs where the plan would have unpacked it, once, and carries all else', async () => {
  const { commands, carried } = await stageOf(
    [echo('first'), unpack(a), unpack(b), echo('then'), unpack(c)],
    [a, b, c],
    [{ ...recipe, packages: [a, b] }],
  );
  const kinds = commands.map((line) => line.split(' ')[0]);
  expect(kinds).toEqual(['echo', 'mkdir', 'cd', 'rpm', 'cd', 'echo', 'unpack']);
  expect(carried).toEqual([c]);
});

it('unpacks a package in all of its places where the tool installs it in one of them only', async () => {
  const both = [unpack(a), unpack(a)];
  const one = await stageOf(both, [a, a], [{ ...recipe, packages: [a] }]);
  expect(one.carried).toEqual([a, a]);
  expect(one.commands.filter((line) => line.startsWith('unpack'))).toHaveLength(1);
  const all = await stageOf(
    both,
    [a, a],
    [
      { ...recipe, packages: [a] },
      { ...recipe, packages: [a] },
    ],
  );
  expect(all.carried).toEqual([]);
  expect(all.commands.filter((line) => line.startsWith('rpm'))).toHaveLength(2);
});

it('installs the packages of a base before anything is done with them', async () => {
  const { commands } = await stageOf([echo('then')], [], [{ ...recipe, packages: [a] }]);
  expect(commands.at(-1)).toBe('echo then');
  expect(commands.map((line) => line.split(' ')[0])).toContain('rpm');
});

it('gets what has an address and a hash by these, also from dated archives, and carries the rest under plain names', async () => {
  const origins = [{ origin: 'Debian', path: 'pool/a b.deb', date: '2025-01-02T03:04:05Z' }];
  const there = planned('a', ['ftp://x/a.deb', "http://x/it's.deb"], { origins });
  const away = planned('b', [], { name: '../-b b.deb' });
  const again = planned('c', [], { name: '..__b_b.deb' });
  const { commands, names, carried } = await stageOf(
    [],
    [],
    [{ ...recipe, fetched: 'before', packages: [there, away, again] }],
  );
  const dated = 'http://snapshot.debian.org/archive/debian/20250102T030405Z/pool/a%20b.deb';
  expect(commands).toContain(`fetch sha256 ${there.artifact.digest.value} a.deb 'http://x/it'\\''s.deb' ${dated}`);
  expect(carried).toEqual([away, again]);
  expect(new Set(names).size).toBe(3);
  for (const name of names) expect(name).toMatch(/^(?:install\.sh|rpm\/\w[\w.-]*\.deb)$/);
});

it('leaves what the tool of the base writes down of itself to it, unless some files are only copies', async () => {
  const record: Step = {
    ...{ kind: 'write', path: '/lib/db' as FilePath, content: 'd'.repeat(64), mode: 0o644, uid: 0, gid: 0 },
    ...{ mtime: 0, reason: 'record' },
  };
  const written = async (of: PlannedPackage) => {
    const { commands } = await stageOf([record], [], [{ ...recipe, packages: [of] }]);
    return commands.filter((line) => line.startsWith('unpack')).length;
  };
  expect(await written(a)).toBe(0);
  expect(await written(planned('a', [], { content: 'a'.repeat(64) }))).toBe(1);
});
