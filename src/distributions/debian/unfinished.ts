import { z } from 'zod';
import type { Artifact } from '../../archives/ladder.js';
import type { BootstrapPlan, PlannedPackage } from '../../model/plan.js';
import { debianDetailsSchema } from './details.js';

/** Where what is only unpacked lies in the new system until it is. */
const folder = '/run/reproman/unfinished';

/** Packages of a plan that the origin had not configured, and which are left like that. */
export function unfinishedOf(plan: BootstrapPlan): PlannedPackage[] {
  const keys = new Set(statesIn(plan).map(keyOf));
  return plan.packages.filter((each) => keys.has(keyOf(each)));
}

/**
 * Hooks of mmdebstrap that unpack them after all others. One that was being configured is so again, as its settings are
 * put in place by that: that its script fails is what left it so on the origin.
 */
export function unpackHooks(plan: BootstrapPlan, artifacts: ReadonlyMap<PlannedPackage, Artifact>): string[] {
  const files = unfinishedOf(plan).flatMap((each) => artifacts.get(each)?.file ?? []);
  if (files.length === 0) return [];
  const begun = statesIn(plan).flatMap((each) => (each.state === 'half-configured' ? [each.name] : []));
  const dpkg =
    'chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive dpkg --force-depends';
  return [
    `mkdir "$1"${folder}`,
    ...files.map((file, at) => `upload ${quoted(file)} ${folder}/${at}.deb`),
    `${dpkg} --unpack ${files.map((_, at) => `${folder}/${at}.deb`).join(' ')}`,
    ...(begun.length === 0 ? [] : [`${dpkg} --configure ${begun.join(' ')} || :`]),
    `rm -r "$1"${folder}`,
  ];
}

/** A path for mmdebstrap's special hooks, which split their line as a shell would. */
export function quoted(path: string): string {
  return path.replace(/[^A-Za-z0-9/._-]/g, '\\$&');
}

const detailSchema = z.object({ unfinished: debianDetailsSchema.shape.unfinished });

function statesIn({ details }: BootstrapPlan) {
  return detailSchema.parse(details).unfinished ?? [];
}

function keyOf({ name, architecture }: { readonly name: string; readonly architecture?: string }): string {
  return `${name}:${architecture}`;
}
