import { z } from 'zod';
import { type FilePath, pathFromBytes } from '../../model/file-path.js';
import type { Provisioner } from './provisioner.js';

/** https://www.puppet.com/docs/puppet/8/configuration: `resourcefile`, `lastrunfile`; the deploy record is r10k's. */
export const puppet: Provisioner = {
  name: 'puppet',
  marker: /\b(?:generated|managed|maintained|controlled)\s+(?:by|with)\s+puppet\b/i,
  records: [
    '/opt/puppetlabs/puppet/cache/state/{resources.txt,last_run_summary.yaml}',
    '/var/{cache,lib}/puppet/state/{resources.txt,last_run_summary.yaml}',
    '/etc/puppetlabs/code/environments/*/.r10k-deploy.json',
  ],
  read(records) {
    const files = new Map<FilePath, undefined>();
    let revision: string | undefined;
    for (const [path, content] of records) {
      if (path.endsWith('/resources.txt')) for (const each of managedFiles(content)) files.set(each, undefined);
      if (path.endsWith('/last_run_summary.yaml'))
        revision ??= /^\s+config: ["']?([^\s"']+)/m.exec(content.toString('utf8'))?.[1];
    }
    const deploys = [...records].filter(([path]) => path.endsWith('/.r10k-deploy.json'));
    const [deploy] = deploys.length === 1 ? deploys : [];
    const deployed = deploy && deploySchema.safeParse(parsed(deploy[1]));
    if (deployed?.success) revision = deployed.data.signature;
    return { files, ...(revision === undefined ? {} : { revision }) };
  },
};

const deploySchema = z.object({ signature: z.string().regex(/^[0-9a-f]{40}$/) });

function* managedFiles(content: Buffer): Generator<FilePath> {
  for (const line of content.toString('latin1').split('\n')) {
    const [, path] = /^file\[(\/.+)\]$/.exec(line) ?? [];
    if (path !== undefined) yield pathFromBytes(Buffer.from(path, 'latin1'));
  }
}

function parsed(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch {
    return undefined;
  }
}
