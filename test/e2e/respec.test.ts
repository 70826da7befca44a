import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import type { Move } from '../../src/spec/respec/moves.js';
import { freshCli } from '../support/cli.js';
import { needs } from '../support/needs.js';

beforeEach(needs({ archive: true, programs: ['mmdebstrap'] }));

it('takes a traced spec to the next release, where the same command gives the same', async () => {
  await using cli = await freshCli();
  const command = ['/usr/bin/env', 'sh', '-c', 'printf "b\\na\\n" | sort > sorted'];
  await cli.must(['trace', '--', ...command]);
  const before = readFileSync(join(cli.work, 'environment.yml'), 'utf8');
  const [, codename] = /codename: (\S+)/.exec(before) ?? [];
  const next = { bullseye: 'bookworm', bookworm: 'trixie' }[String(codename)] ?? 'trixie';
  const { stdout } = await cli.must(['respec', '--move', `debian:${codename}=debian:${next}`, '--json']);
  const { moves, spec } = JSON.parse(stdout) as { moves: Move[]; spec: string };
  expect(moves.find(({ package: name }) => name === 'coreutils')).toMatchObject({
    ...{ distribution: 'debian', from: expect.any(String), to: expect.any(String), why: 'asked' },
  });
  expect(moves.every(({ why }) => why !== '')).toBe(true);
  expect(readFileSync(spec, 'utf8')).toContain(`codename: ${next}`);
  const created = JSON.parse((await cli.must(['create', '--name', 'next', '--rerun', '--json', spec])).stdout);
  expect(created.proof).toMatchObject({ ok: true, reruns: [{ exit: { verdict: 'equal' } }] });
  const notes: string[] = created.proof.tree.notes;
  expect(notes).toContainEqual(expect.stringContaining('given other packages after it was traced'));
});

it('changes single packages, and says who holds what cannot be changed', async () => {
  await using cli = await freshCli();
  await cli.must(['resolve', 'jq', '--on', 'debian:12']);
  const { stdout } = await cli.must(['respec', '--drop', 'jq', '--add', 'hello']);
  expect(stdout).toMatch(/^jq +debian +\S+ +- +asked$/m);
  expect(stdout).toMatch(/^libjq1 +debian +\S+ +- +gone with jq$/m);
  expect(stdout).toMatch(/^hello +debian +- +\S+ +asked$/m);
  const refused = await cli.run(['respec', '--set', 'libjq1=1']);
  expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining('Take one of these versions: ')]);
  expect((await cli.run(['respec'])).code).toBe(2);
});
