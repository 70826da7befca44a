import { describe, expect, it } from 'vitest';
import { previousOf, sourcesFor } from '../../../src/distributions/debian/resolve-sources.js';
import type { DebianLock } from '../../../src/distributions/debian/schema.js';
import { debianRoot } from './root.js';

const base = { distribution: 'debian', release: '12', architecture: 'amd64', layout: 'merged-usr' } as const;

const locked = (...sources: string[]) => ({ sources }) as unknown as DebianLock;

describe('previousOf', () => {
  const bookworm = locked(
    'deb http://archive.example/debian bookworm-security main',
    'deb http://tools.example/apt stable main',
  );

  it('keeps what was resolved for the same release, and nothing of another', () => {
    expect(previousOf({ ...base, codename: 'bookworm' }, bookworm)).toBe(bookworm);
    expect(previousOf({ ...base, codename: 'trixie' }, bookworm)).toBeUndefined();
  });
});

describe('sourcesFor', () => {
  const debian =
    'deb http://mirror.example/debian bookworm main\ndeb http://mirror.example/debian bookworm-updates main\n';

  it("takes the host's archives at another release of the same vendor", async () => {
    await using root = await debianRoot();
    await root.write('/etc/apt/sources.list', debian);
    const found = await sourcesFor({ ...base, codename: 'trixie' }, undefined, root.machine);
    expect(found.map(({ uri, suite }) => `${uri} ${suite}`)).toEqual([
      'http://mirror.example/debian trixie',
      'http://mirror.example/debian trixie-updates',
    ]);
  });

  it('asks for sources of a release of another vendor, at no archive of its own choice', async () => {
    await using root = await debianRoot();
    await root.write('/etc/apt/sources.list', debian);
    await expect(sourcesFor({ ...base, codename: 'noble' }, undefined, root.machine)).rejects.toMatchObject({
      kind: 'not-ready',
      message: expect.stringContaining('noble'),
      remedy: expect.stringContaining('Signed-By'),
    });
  });

  it("takes the host's archives at a release that is in no list yet, and of no other maker's archive", async () => {
    await using root = await debianRoot();
    await root.write('/etc/apt/sources.list', `${debian}deb http://tools.example/apt nodistro main\n`);
    const found = await sourcesFor({ ...base, codename: 'duke' }, undefined, root.machine);
    expect(found.map(({ uri, suite }) => `${uri} ${suite}`)).toEqual([
      'http://mirror.example/debian duke',
      'http://mirror.example/debian duke-updates',
    ]);
  });

  it('asks for sources of an unknown release where the host has none', async () => {
    await using root = await debianRoot();
    await expect(sourcesFor({ ...base, codename: 'duke' }, undefined, root.machine)).rejects.toMatchObject({
      kind: 'not-ready',
    });
  });
});
