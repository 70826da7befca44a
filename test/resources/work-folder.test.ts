import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { localMachine } from '../../src/machines/local.js';
import { makeWorkFolder, removeWorkFolder, workFolderEffect } from '../../src/resources/work-folder.js';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'work-folder-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(place, { recursive: true, force: true });
});

it('lies beside the inventory, is closed, and goes with all that is in it', async () => {
  vi.spyOn(process, 'geteuid').mockReturnValue(0);
  const effect = await workFolderEffect(place, 'analysis');
  expect(effect.id).toBe(join(place, 'work', 'analysis'));
  await makeWorkFolder(effect);
  expect(statSync(effect.id).mode & 0o777).toBe(0o700);
  writeFileSync(join(effect.id, 'seed.tar'), '');
  await using host = await localMachine();
  await removeWorkFolder(effect, host);
  expect(existsSync(effect.id)).toBe(false);
});

describe('of an ordinary user', () => {
  beforeEach(() => void vi.spyOn(process, 'geteuid').mockReturnValue(1000));

  it('lies where the ids of bootstrap can pass', async () => {
    chmodSync(place, 0o755);
    vi.stubEnv('TMPDIR', place);
    const effect = await workFolderEffect('/home/ann/.local/share/reproman', 'analysis');
    expect(effect.id).toMatch(/\/reproman-work-analysis-[0-9a-f-]{36}$/);
    await makeWorkFolder(effect);
    expect(statSync(effect.id).mode & 0o777).toBe(0o711);
    rmSync(effect.id, { recursive: true });
  });

  it('is not in a folder for temporary files that is closed', async () => {
    const closed = join(place, 'closed/tmp');
    mkdirSync(closed, { recursive: true });
    chmodSync(join(place, 'closed'), 0o700);
    vi.stubEnv('TMPDIR', closed);
    const { id } = await workFolderEffect('/home/ann/.local/share/reproman', 'analysis');
    expect(id).not.toContain(place);
    expect(id).toMatch(/^(?:\/var)?\/tmp\/reproman-work-analysis-/);
  });
});
