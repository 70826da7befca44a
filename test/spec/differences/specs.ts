import type { LockHalf } from '../../../src/model/lock-half.js';
import type { Locked } from '../../../src/spec/differences/parts.js';
import type { Lock, Manifest } from '../../../src/spec/document/schema.js';

export const hash = (letter: string) => letter.repeat(64);

/** A package of Debian with what it depends on, as a lock has it. */
export function deb(name: string, version: string, control: Readonly<Record<string, string>> = {}) {
  return {
    ...{ name, version, architecture: 'amd64', used: true, certainty: 'indexed', sha256: hash('a') },
    ...{ control: { Package: name, ...control }, locations: [{ archive: 'main', filename: `${name}.deb` }] },
  };
}

export function debianHalf(packages: readonly ReturnType<typeof deb>[], more: object = {}): LockHalf {
  return {
    ...{ name: 'debian', architecture: 'amd64', foreignArchitectures: [], archives: [], packages: [...packages] },
    ...{ diversions: [], alternatives: [], statOverrides: [], accounts: { users: [], groups: [] }, sources: [] },
    ...more,
  };
}

/** A spec of Debian with these packages, and whatever else of its manifest. */
export function locked(halves: readonly LockHalf[], manifest: Partial<Manifest> = {}): Locked {
  const base = { distribution: 'debian', release: '12', architecture: 'amd64', layout: 'merged-usr' } as const;
  return {
    manifest: { version: 1, base, distributions: [], files: [], runs: [], ...manifest },
    lock: { distributions: [...halves] } as unknown as Lock,
  };
}
