import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Input, place, rebuild } from '../support/loop.js';
import { needs } from '../support/needs.js';
import { must } from '../support/run.js';

const lmod = '/usr/share/lmod/lmod/init/bash';
beforeEach(needs({ archive: true, programs: ['strace', 'mmdebstrap', 'pod2man', 'make', lmod] }));

const host = place('host');
afterAll(() => host[Symbol.asyncDispose]());

it("loads a site's module with Lmod, which runs software of Spack and of Perl: all is known, rebuilt and proved", async () => {
  const { env } = await host.cli();
  const site = join(env['HOME'] ?? '', 'site');
  const traced = await host.trace(moduleOverSpack(site));
  await using rebuilt = await rebuild(traced, 'rootfs');
  const { distributions } = parse(readFileSync(traced.spec, 'utf8')) as {
    distributions: { name: string; packages: unknown[] }[];
  };
  const found = new Map(distributions.map(({ name, packages }) => [name, packages]));
  expect(found.get('modules')).toEqual([{ name: 'site/greeter', version: '1.0', path: `${site}/greeter` }]);
  expect(found.get('spack')).toEqual([{ name: 'words', version: '2.1', path: `${site}/${words}` }]);
  expect(found.get('perl')).toMatchObject([{ name: 'Acme::Hello', version: '1.02' }]);
  expect(readFileSync(join(traced.folder, 'greeting.txt'), 'utf8')).toBe('hello from Spack\nhello from Perl\n');
  // No CPU has what the loader is said to have chosen.
  expect(rebuilt.proof.tree?.notes.join()).toContain('libraries for a CPU of level x86-64-v9');
});

const words = `opt/linux-debian12-x86_64/gcc-12.2.0/words-2.1-${'abcdefgh'.repeat(4)}`;

function moduleOverSpack(site: string): Input {
  const files = {
    'modules/site/greeter/1.0.lua': `local root = "${site}/greeter"\nprepend_path("PATH", pathJoin(root, "bin"))\nsetenv("WORDS", "${site}/${words}/share/words")\n`,
    'greeter/bin/greet': '#!/bin/sh\nexec cat "$WORDS"\n',
    [`${words}/.spack/spec.json`]: JSON.stringify({
      spec: { _meta: { version: 4 }, nodes: [{ name: 'words', version: '2.1', hash: 'abcdefgh'.repeat(4) }] },
    }),
    [`${words}/share/words`]: 'hello from Spack\n',
    'lib/glibc-hwcaps/x86-64-v9/settings.conf': '',
    'hello/Makefile.PL':
      "use ExtUtils::MakeMaker;\nWriteMakefile(NAME => 'Acme::Hello', VERSION_FROM => 'lib/Acme/Hello.pm');\n",
    'hello/lib/Acme/Hello.pm':
      'package Acme::Hello;\nour $VERSION = "1.02";\nsub greet { print "hello from Perl\\n" }\n1;\n',
  };
  const perl = `perl -I ${site}/perl5/lib/perl5 -MAcme::Hello -e 'Acme::Hello::greet()' >> greeting.txt\ncat ${site}/lib/glibc-hwcaps/x86-64-v9/settings.conf\n`;
  return {
    name: 'site-software',
    files: {
      'run.sh': `. ${lmod}\nmodule use ${site}/modules\nmodule load site/greeter\ngreet > greeting.txt\n${perl}`,
    },
    command: ['bash', 'run.sh'],
    prepare: async () => {
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(dirname(join(site, name)), { recursive: true });
        writeFileSync(join(site, name), content, { mode: 0o755 });
      }
      for (const argv of [
        ['perl', 'Makefile.PL', `INSTALL_BASE=${site}/perl5`],
        ['make', 'install'],
      ])
        await must(argv, { cwd: join(site, 'hello') });
    },
  };
}
