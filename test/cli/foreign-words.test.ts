import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Config } from '@oclif/core';
import { captureOutput } from '@oclif/test';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { knownBy } from '../../src/archives/stand-ins.js';
import { openStore } from '../../src/archives/store.js';
import { writeBundle } from '../../src/bundle/write.js';
import type { BaseCommand } from '../../src/cli/base-command.js';
import { Create } from '../../src/commands/create.js';
import { Inspect } from '../../src/commands/inspect.js';
import { sha256 } from '../../src/hash.js';
import type { LockHalf } from '../../src/model/lock-half.js';
import { silent } from '../../src/model/progress.js';
import { plannedPackages } from '../../src/planning/plan.js';
import type { Manifest } from '../../src/spec/document/schema.js';
import { readSpecification } from '../../src/spec/read.js';
import { draftSpecification } from '../../src/spec/write.js';

const project = fileURLToPath(new URL('../..', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'foreign-words-'));
beforeAll(() => {
  vi.stubEnv('XDG_DATA_HOME', join(home, 'data'));
  vi.stubEnv('XDG_CACHE_HOME', join(home, 'cache'));
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true });
});

/** What a verb tells, on either stream. */
async function told(verb: typeof Create | typeof Inspect, ...args: string[]): Promise<string> {
  const { oclif, ...pjson } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  const config = await Config.load({ root: project, pjson: { ...pjson, oclif: { bin: oclif.bin } } });
  const run = () =>
    (verb as unknown as typeof BaseCommand & { run(argv: string[], config: Config): unknown }).run(args, config);
  const { stdout, stderr } = await captureOutput(async () => run(), { print: false });
  return stdout + stderr;
}

const evil = 'tool\ninstead of nothing\u001b[2J';
const shown = 'tool\\ninstead of nothing\\x1b[2J';

it('a bundle whose command has lines and control characters is shown on the one line of its run', async () => {
  const manifest = `version: 1
base: { distribution: debian, release: '12', architecture: amd64 }
runs: [{ id: tool, command: ${JSON.stringify([evil])}, cwd: / }]
`;
  const member = { name: 'environment.yml', sha256: sha256(manifest), size: manifest.length };
  const index = { version: 1, epoch: 0, members: [member], artifacts: [], excluded: [] } as const;
  const file = join(home, 'a.repro');
  await writeBundle(
    file,
    { ...index, members: [member], artifacts: [], excluded: [] },
    [{ ...member, source: { text: manifest } }],
    { progress: silent },
  );
  const lines = (await told(Inspect, file)).split('\n');
  expect(lines).toContain(`run    tool: ${shown}`);
  expect(lines.filter((line) => line.startsWith('instead of'))).toEqual([]);
});

it('a package that is had by its version is told on one line, whatever its lock calls it', async () => {
  const file = join(home, 'environment.yml');
  const apk = {
    ...{ name: 'apk', architecture: 'x86_64', folder: '/lib/apk/db', repositories: [], packages: [], database: [] },
    ...{ links: [], accounts: { users: [], groups: [] } },
  };
  const python = {
    ...{ name: 'python', environments: [], requires: [] },
    packages: [
      {
        ...{ name: evil, version: '1.0', at: '/srv/env/lib/python3.11/site-packages', used: true, requested: true },
        certainty: 'version-only',
      },
    ],
  };
  const manifest = {
    ...{ version: 1, base: { distribution: 'apk', release: '3.20', architecture: 'x86_64' } },
    ...{
      distributions: [
        { name: 'apk', packages: [] },
        { name: 'python', environments: [] },
      ],
      files: [],
      runs: [],
    },
  } as unknown as Manifest;
  const halves = [apk, python].map((lock) => ({ lock: lock as LockHalf, epoch: 0 }));
  const write = async (known?: string) => {
    await using draft = await draftSpecification(file);
    const { hash } = await (await openStore()).add(Buffer.from('built elsewhere'));
    const standIn = { sha256: hash, rung: 'built', sameness: 'same-source', evidence: 'its source' } as const;
    if (known !== undefined) await draft.takeStandIns(new Map([[known, standIn]]));
    await draft.publish(manifest, halves);
    const spec = await readSpecification(file);
    if (!spec.lock) throw new Error('it was written with a lock');
    return await plannedPackages(spec, spec.lock);
  };
  const [tool] = await write();
  await write(tool && knownBy(tool));
  const lines = (await told(Create, '--fetch-only', '--require', 'same-source', file)).split('\n');
  expect(lines.filter((line) => line.startsWith('instead of'))).toEqual([
    expect.stringContaining(`instead of ${shown} 1.0: same-source, its source`),
  ]);
});
