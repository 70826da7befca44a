import { basename } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files of tests that take minutes, the longest first: begun last, one would go on alone when all others are through. */
const longest = [
  ...['vagrant', 'everything', 'ssh-lifecycle', 'images', 'aws', 'lifecycle', 'loop', 'load', 'ssh-backend', 'built'],
  ...['render', 'completeness', 'sanitizers', 'remade', 'docker', 'chroot', 'inventories', 'engines', 'native'],
  ...['singularity', 'killed', 'tampering', 'views', 'wrong-input', 'bootstrap-debian', 'tree-cache', 'attach'],
].map((name) => `${name}.test.ts`);

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const at = moduleId.includes('/e2e/') ? longest.indexOf(basename(moduleId)) : -1;
      return at < 0 ? longest.length : at;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
