import { describe, expect, it } from 'vitest';
import { previousOf } from '../../../src/distributions/debian/resolve-sources.js';
import type { DebianLock } from '../../../src/distributions/debian/schema.js';

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
