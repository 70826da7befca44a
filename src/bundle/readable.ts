import { ReproError } from '../errors.js';
import { type BundledPackage, type BundleIndex, indexSchema, packageSchema } from './format.js';

/** Refuses packages whose names or versions no reader of a bundle would take, before anything of them is fetched. */
export function refuseUnreadable(packages: readonly BundledPackage[]): void {
  for (const reference of packages) {
    const { error } = packageSchema.safeParse(reference);
    if (!error) continue;
    const { distribution, name, version } = reference;
    const field = error.issues[0]?.path.join('.') ?? 'name';
    throw unreadable(`the ${field} of ${shown([distribution, name].join(':'))} ${shown(version)}`);
  }
}

/** The same of all that an index says, in the end. */
export function checkIndex(index: BundleIndex): void {
  const [issue] = indexSchema.safeParse(index).error?.issues ?? [];
  if (!issue) return;
  const [list, at] = issue.path;
  const item = list === 'standIns' ? index.standIns?.[Number(at)] : undefined;
  const of = item ? ` (of ${shown(`${item.distribution}:${item.name}`)})` : '';
  throw unreadable(`${issue.path.join('.')}${of}: ${issue.message}`);
}

function unreadable(what: string): ReproError {
  return new ReproError('not-rebuildable', `a bundle would be opened by nobody, as it holds text only: ${what}`, {
    remedy: 'put the package right where it is installed and trace again, or take it out (reproman respec --drop)',
  });
}

/** Nothing of it acts on a terminal. */
function shown(text: string): string {
  return JSON.stringify(text).replace(/[\x7f-\x9f]/g, (control) => `\\u00${control.charCodeAt(0).toString(16)}`);
}
