import { expect, it } from 'vitest';
import type { FilePath } from '../../../src/model/file-path.js';
import { shrinkHalf } from '../../../src/resources/shrink/packages.js';

const of = (name: string, more: object = {}) => ({ name, version: '1', used: false, ...more });
const reference = (name: string, more: object = {}) => ({ distribution: 'debian', name, version: '1', ...more });
const names = (packages: readonly { readonly name: string }[] = []) => packages.map(({ name }) => name);

it('keeps what was used with what that needs, and what is there for no package', () => {
  const packages = [
    of('dpkg', { essential: true, needs: ['libc6'] }),
    of('base-files'),
    of('libc6'),
    of('jq', { used: true, needs: ['libjq1'] }),
    of('libjq1', { needs: ['libonig5'] }),
    of('libonig5', { needs: ['libc6'] }),
    of('vim', { used: true, needs: ['vim-common', 'libc6', 'dpkg'] }),
    of('vim-common', { needs: ['vim'] }),
  ];
  const { half, dropped } = shrinkHalf({ name: 'debian', packages }, [reference('jq')]);
  expect(names(half.packages)).toEqual(['dpkg', 'base-files', 'libc6', 'jq', 'libjq1', 'libonig5']);
  expect(names(dropped)).toEqual(['vim', 'vim-common']);
});

it('says of a package that was used by another run only that it is needed', () => {
  const packages = [of('python3', { used: true, needs: ['libc6'] }), of('libc6', { used: true })];
  const { half } = shrinkHalf({ name: 'debian', packages }, [reference('python3')]);
  expect(half.packages?.map(({ name, used }) => [name, used])).toEqual([
    ['python3', true],
    ['libc6', false],
  ]);
});

it('tells packages of one name apart by architecture and place', () => {
  const packages = [
    of('libc6', { architecture: 'amd64', used: true }),
    of('libc6', { architecture: 'i386', used: true }),
    of('wine', { architecture: 'i386', used: true, needs: ['libc6:i386'] }),
  ];
  const half = { name: 'debian', architecture: 'amd64', packages };
  expect(shrinkHalf(half, [reference('libc6')]).dropped).toMatchObject([{ architecture: 'i386' }, { name: 'wine' }]);
  expect(shrinkHalf(half, [reference('wine', { architecture: 'i386' })]).dropped).toMatchObject([
    { name: 'libc6', architecture: 'amd64' },
  ]);
  const places = [
    of('six', { at: '/a', used: true, needs: ['/b'] }),
    of('six', { at: '/b' }),
    of('py', { at: '/c', used: true }),
  ];
  const used = [{ ...reference('six', { at: '/a' as FilePath }), distribution: 'conda' }];
  expect(shrinkHalf({ name: 'conda', packages: places }, used).dropped).toMatchObject([{ name: 'py' }]);
});
