import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { requireLocal } from '../../machines/local.js';
import type { BootstrapPlan } from '../../model/plan.js';
import type { BuildContext } from '../../packaging/base-system.js';
import { debianDetailsSchema } from './details.js';
import { openLocalArchive } from './local-archive.js';
import { runMmdebstrap } from './mmdebstrap.js';
import { seedTar } from './seed.js';
import { quoted, unfinishedOf, unpackHooks } from './unfinished.js';

/** Makes a system that holds exactly the plan's packages, as a tar stream; its `error` says which package failed. */
export async function bootstrapDebian(plan: BootstrapPlan, context: BuildContext): Promise<Readable> {
  const { host, workFolder, artifacts } = context;
  // The packages are served on this machine's loopback, and the work folder is one of its own.
  requireLocal(host, 'building a Debian system');
  const details = debianDetailsSchema.parse(plan.details);
  const seed = join(workFolder, 'seed.tar');
  await pipeline(seedTar(plan, details), createWriteStream(seed));
  const archive = await openLocalArchive(plan, details, artifacts);
  const options = [
    `--include=${included(plan)}`,
    `--setup-hook=tar-in ${quoted(seed)} /`,
    ...unpackHooks(plan, artifacts).map((hook) => `--customize-hook=${hook}`),
  ];
  const done = async () => archive[Symbol.asyncDispose]();
  return await runMmdebstrap(
    { plan, details, packages: plan.packages.length, options, source: archive.source, done },
    context,
  );
}

/** Each by its very version. */
function included(plan: BootstrapPlan): string {
  const unfinished = new Set(unfinishedOf(plan));
  const whole = plan.packages.filter((each) => !unfinished.has(each));
  const names = whole.map(({ name, architecture, version }) => {
    const isForeign = architecture !== undefined && architecture !== 'all' && architecture !== plan.architecture;
    return `${name}${isForeign ? `:${architecture}` : ''}=${version}`;
  });
  return names.join(',');
}
