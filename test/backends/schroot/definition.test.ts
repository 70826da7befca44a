import { describe, expect, it } from 'vitest';
import { removeDefinition, renderDefinition } from '../../../backends/schroot/definition.js';
import { schrootParameters } from '../../../backends/schroot/parameters.js';
import type { Machine } from '../../../src/machines/machine.js';
import { openTemplates } from '../../../src/templates/templates.js';

const render = (tree: string, users?: string) =>
  renderDefinition({ name: 'reproman-x', tree, users }, 'reproman-1', openTemplates());

describe('a definition for schroot', () => {
  it('names the tree, and who may use it and who may change it', async () => {
    const [fstab, definition] = await render('/srv/a tree', 'ada,bo');
    expect(fstab?.[0]).toBe('/etc/schroot/reproman-x.fstab');
    expect(definition?.[0]).toBe('/etc/schroot/chroot.d/reproman-x');
    const lines = definition?.[1].split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        ...['[reproman-x]', 'directory=/srv/a tree', 'users=root,ada,bo', 'root-users=root', 'source-users=root'],
        'setup.fstab=reproman-x.fstab',
      ]),
    );
  });

  it.each(['/srv/a\nusers=mallory', ' /srv/a', '/srv/a\r'])(
    'cannot be of a folder that adds a line: %j',
    async (tree) => {
      await expect(render(tree)).rejects.toMatchObject({ kind: 'usage', where: tree });
    },
  );

  it.each(['ada\nroot-users=ada', 'ada,,bo', 'a b', ''])('has no other words among its users: %j', (users) => {
    expect(schrootParameters.safeParse({ users }).success).toBe(false);
  });

  it('is left alone where it is somebody else’s since', async () => {
    const files = { lstat: async () => ({}), read: async () => Buffer.from('# another\n[reproman-x]\n') };
    const host = { label: 'here', files } as unknown as Machine;
    // It would fail to run anything.
    await removeDefinition({ kind: 'definition', id: '/etc/schroot/chroot.d/reproman-x', token: 'reproman-1' }, host);
  });
});
