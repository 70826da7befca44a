import { expect, it } from 'vitest';
import { usesOf } from '../../../src/distributions/debian/claimed.js';
import { PackageIndex } from '../../../src/distributions/debian/closure.js';
import { DiversionMap } from '../../../src/distributions/debian/diversions.js';
import { DpkgPackage } from '../../../src/distributions/debian/package.js';
import type { FilePath } from '../../../src/model/file-path.js';
import { bytecodeOf } from '../../../src/packaging/python-bytecode.js';
import { usrLayoutOf } from '../../../src/packaging/usr-layout.js';

it("uses the interpreter's package where a run read the compiled modules of its library", () => {
  const packages = ['python3.11', 'python3.11-minimal', 'libpython3.11-stdlib', 'libpython3.11-minimal'].map(
    (name) =>
      new DpkgPackage('', {
        ...{ name, version: '3.11.2-6', architecture: 'amd64' },
        ...{ multiArch: 'same', state: 'installed', hold: false },
      }),
  );
  const layout = usrLayoutOf(new Set());
  const usedBy = (path: string, name: string) => {
    const reference = { distribution: 'debian', name, version: '3.11.2-6', architecture: 'amd64' };
    const { used } = usesOf([bytecodeOf(path as FilePath, reference)], {
      index: new PackageIndex(packages, 'amd64'),
      layout,
      diversions: new DiversionMap([], layout.canonical),
      alternativeLinks: new Map(),
      masterValues: new Map(),
    });
    return [...used].map((each) => each.name);
  };
  expect(usedBy('/usr/lib/python3.11/__pycache__/json.cpython-311.pyc', 'libpython3.11-stdlib')).toEqual([
    'libpython3.11-stdlib',
    'python3.11',
  ]);
  expect(usedBy('/usr/lib/python3.11/__pycache__/os.cpython-311.pyc', 'libpython3.11-minimal')).toEqual([
    'libpython3.11-minimal',
    'python3.11-minimal',
  ]);
});
