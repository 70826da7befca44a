import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { type Input, place, rebuild } from '../support/loop.js';
import { needs } from '../support/needs.js';
import { installWithNpm } from '../support/npm.js';

beforeEach(needs({ archive: true, programs: ['strace', 'mmdebstrap', '/usr/bin/node', 'npm'] }));

const host = place('host');
const folder = mkdtempSync(join(tmpdir(), 'node-modules-'));
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const built = {
  json: {
    name: '@corp/built',
    version: '2.0.1',
    scripts: { install: `node -e "fs.writeFileSync('made.json', '[1, 2]')"` },
  },
  files: { 'index.js': "module.exports = require('./made.json')\n" },
};
const adder = {
  json: { name: 'adder', version: '1.2.3', bin: 'add.js', dependencies: { '@corp/built': '^2.0.0' } },
  files: {
    'add.js': `#!/usr/bin/env node
require('fs').writeFileSync('sum.txt', String(require('@corp/built').reduce((a, b) => a + b)));
`,
  },
};

/** A program of one package, through its link, that stands on another which made a file when it was installed. */
const program: Input = {
  name: 'node-modules',
  files: {},
  command: [`${folder}/app/node_modules/.bin/adder`],
  prepare: async () => {
    const dependencies = { adder: 'file:../adder-1.2.3.tgz', '@corp/built': 'file:../corp-built-2.0.1.tgz' };
    installWithNpm(folder, [adder, built], { dependencies });
  },
};

it('rebuilds node_modules with a linked program, and the Node that ran it', async () => {
  const traced = await host.trace(program);
  const manifest = readFileSync(traced.spec, 'utf8');
  expect(manifest).toContain('packages: ["@corp/built@2.0.1", adder@1.2.3]');
  await using rebuilt = await rebuild(traced, 'rootfs');
  const [run] = rebuilt.proof.tree.runs;
  const ours = (run?.paths ?? []).filter(({ package: owner }) => owner?.distribution === 'npm');
  expect(ours.length).toBeGreaterThan(4);
  expect(ours.filter(({ verdict }) => verdict !== 'identical' && verdict !== 'carried')).toEqual([]);
  expect(readFileSync(join(traced.folder, 'sum.txt'), 'utf8')).toBe('3');
});
