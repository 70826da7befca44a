import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { fill, openTemplates } from '../../src/templates/templates.js';

const folder = mkdtempSync(join(tmpdir(), 'reproman-templates-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('fills in each name once, and leaves be what is filled in', () => {
  expect(fill('@a@ and @b@, a@b.c', { a: '@b@', b: '$&' })).toBe('@b@ and $&, a@b.c');
});

it('refuses a name that is not known, and says which are', () => {
  expect(() => fill('@toString@', { from: 'x' })).toThrow('@toString@');
  expect(() => fill('@form@', { from: 'x' })).toThrow(expect.objectContaining({ remedy: 'known are @from@' }));
});

it('takes what a user has, and all else from the package', async () => {
  mkdirSync(join(folder, 'provision'));
  writeFileSync(join(folder, 'provision/debian.sh'), 'own\n');
  const templates = openTemplates(folder);
  expect(await templates.read('provision/debian.sh')).toBe('own\n');
  expect(await templates.read('provision/rpm.sh')).toBe(await openTemplates().read('provision/rpm.sh'));
});

it('says that a folder is not there, or that a text in it cannot be read', async () => {
  expect(() => openTemplates(join(folder, 'none'))).toThrow('there is no folder of templates');
  mkdirSync(join(folder, 'provision/apk.sh'));
  await expect(openTemplates(folder).read('provision/apk.sh')).rejects.toThrow('the template cannot be read');
});
