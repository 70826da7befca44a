import { execFileSync } from 'node:child_process';
import { beforeEach, expect, it } from 'vitest';
import { needs } from '../../support/needs.js';

beforeEach(needs({ root: true, programs: ['unshare'] }));

const open = `
  import { openLocalArchive } from './src/distributions/debian/local-archive.js';
  const plan = { distribution: 'debian', release: '12', architecture: 'amd64', epoch: 0, packages: [], details: {} };
  const details = { suite: 'bookworm', foreignArchitectures: [] };
  await openLocalArchive(plan, details, new Map()).then(
    (archive) => archive[Symbol.asyncDispose](),
    ({ kind, message }) => console.log(kind, message),
  );
`;

it.each([
  ['unshare --net', ['unshare', '--net'], /^not-ready This machine's loopback.* is down\.$/],
  ['the loopback up', ['env'], /^$/],
])('needs the loopback, and says so with %s', (_title, words, said) => {
  const [program = '', ...args] = [...words, process.execPath, '--import', 'tsx', '--input-type=module', '-e', open];
  expect(execFileSync(program, args, { encoding: 'utf8' }).trim()).toMatch(said);
});
