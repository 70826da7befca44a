import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Diff } from '../../src/commands/diff.js';
import { specsFile } from '../../src/package-files.js';
import type { SpecDifferences } from '../../src/spec/diff/schema.js';
import { draftSpecification, type FinishedHalf } from '../../src/spec/write.js';
import { deb, debianHalf } from '../spec/differences/specs.js';
import { jsonOutput, publishedSchema } from '../support/json-output.js';

const folder = mkdtempSync(join(tmpdir(), 'reproman-diff-schema-'));
const at = (name: string) => join(folder, name);
const full = fileURLToPath(specsFile('examples/full.yml'));

function write(name: string, text: string): string {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), text);
  return at(name);
}

/** A spec with a lock, as a trace leaves it. */
async function traced(name: string, ...packages: ReturnType<typeof deb>[]): Promise<void> {
  const halves: FinishedHalf[] = [{ lock: debianHalf(packages), epoch: 1_700_000_000 }];
  mkdirSync(at(name));
  await using draft = await draftSpecification(at(`${name}/environment.yml`));
  const base = { distribution: 'debian', release: '12', architecture: 'amd64', layout: 'merged-usr' } as const;
  await draft.publish({ version: 1, base, distributions: [], files: [], runs: [] }, halves);
}

beforeAll(async () => {
  vi.stubEnv('XDG_DATA_HOME', at('data'));
  vi.stubEnv('XDG_CACHE_HOME', at('cache'));
  await traced('before', deb('jq', '1.6-2'), deb('gawk', '5'));
  await traced('after', deb('jq', '1.7-1'), deb('libonig5', '6'));
  const base = 'base: { distribution: debian, release: "11", architecture: amd64 }';
  write(
    'written/environment.yml',
    `version: 1\n${base}
distributions:
  - { name: debian, packages: [jq=1.7, gawk] }
files:
  - { path: /opt/analysis/current, target: /opt/analysis/2.2, carried: true }
absent:
  - { path: /etc/jq/other.jq }
steps:
  - { id: build, command: [/usr/bin/make], cwd: /home/user }
host:
  - { kind: device, name: /dev/kvm, match: present, at: /dev/kvm }
runs:
  - { id: summary, command: [/usr/bin/jq, .], cwd: /home/user, exit: 0, umask: "0022", environment: { LC_ALL: C }, inputs: [], outputs: [] }
`,
  );
  write(
    'reproman.yml',
    '# ReproMan Environment Configuration File\nversion: 0.0.1\ndistributions:\n- name: debian\n  packages: [jq, {name: z, version: "1"}]\n',
  );
  for (const [name, content] of [
    ['one', 'a\nb\n'],
    ['other', 'a\nc\n'],
  ] as const)
    write(`${name}/etc/café`, content);
});
afterEach(() => {
  process.exitCode = undefined;
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('what diff prints is as the published schema has it', () => {
  const [before, after, written] = ['before', 'after', 'written'].map((name) => at(`${name}/environment.yml`)) as [
    string,
    string,
    string,
  ];

  it.each<[what: string, schema: string, args: string[], part: object]>([
    ['two locked specs', 'diff-specs', [before, after], { equal: false, compared: 'installed' }],
    ['two that are written by hand', 'diff-specs', [full, written], { equal: false, compared: 'requested' }],
    ['one of ReproMan', 'diff-specs', [at('reproman.yml'), written], { equal: false }],
    ['two that are equal', 'diff-specs', [full, full], { equal: true }],
    [
      'a spec that has not what another asks for',
      'diff-satisfies',
      [written, full, '--satisfies'],
      { satisfied: false },
    ],
    ['one that has it', 'diff-satisfies', [after, after, '--satisfies'], { satisfied: true }],
    [
      'a text',
      'diff-show',
      [at('one'), at('other'), '--show', '/etc/café'],
      { path: '/etc/café', equal: false, as: 'text' },
    ],
  ])('of %s', async (_, name, args, part) => {
    const result = await jsonOutput(Diff, ...args);
    expect(result).toMatchObject(part);
    const schema = publishedSchema(name);
    expect(schema.safeParse(result)).toMatchObject({ success: true });
    expect(schema.safeParse({ ...result, somethingElse: 1 }).success).toBe(false);
  });

  it('and the example of two specs has something under every name', async () => {
    const {
      equal: _,
      version: __,
      compared: ___,
      specs: ____,
      accounts,
      settings,
      ...parts
    }: SpecDifferences = await jsonOutput(Diff, full, written);
    expect([accounts, settings]).toEqual([[], []]);
    for (const [name, differences] of Object.entries(parts))
      expect([name, differences.length > 0]).toEqual([name, true]);
  });
});
