import { isoDate } from '../model/epoch.js';
import { silent, stage } from '../model/progress.js';
import { maskDeep, maskUrls } from '../spec/secrets/mask.js';
import { draftSpecification, type SpecDraft } from '../spec/write.js';
import { type Described, describeUsed } from './described.js';
import { type Found, findUsed } from './found.js';
import type { CaptureRequest } from './request.js';
import { writeSpecSnapshot } from './snapshot.js';
import { type CaptureSummary, summarize } from './summary.js';

/**
 * Turns the trace of a run, or a list of paths, into a spec: identifies what was used, carries what no package has, and
 * writes it all down.
 *
 * In order, `found.ts` first:
 * 1. `identification/identify.ts`: whose every path is, by the databases of packages.
 * 2. `survey.ts`: what lies where the paths lead, and by which links.
 * 3. `collect.ts`: `decide.ts` about each file; those of nobody go into the draft's contents, tools as whole trees.
 * 4. `identification/finish.ts`: the halves of each distribution, which need the accounts of what was carried.
 *
 * Then `described.ts`: the manifest, and by `seal.ts` the trace with owners and without secrets; last, here, the
 * snapshot (`snapshot.ts`), and all of it takes its place at once.
 */
export async function capture(request: CaptureRequest): Promise<CaptureSummary> {
  await using draft = await draftSpecification(request.output);
  const found = await findUsed(request, draft);
  const described = await describeUsed(request, found, draft);
  return await publish(request, found, described, draft);
}

/** Writes the rest of the draft, and puts it in its place. */
async function publish(
  { machine, options = {}, progress = silent, signal }: CaptureRequest,
  { never, identification, survey, files, finished, closure }: Found,
  { manifest, sealed, paths, epoch, problems }: Described,
  draft: SpecDraft,
): Promise<CaptureSummary> {
  if (sealed) await draft.addTrace(sealed.run.id, sealed.trace);
  else await draft.addPaths(paths);
  const installs = options.install ?? false;
  const snapshot = await stage(
    progress,
    'taking the snapshot',
    (advance) => writeSpecSnapshot({ draft, machine, closure, survey, files, never, installs, advance, signal }),
    { unit: 'files', summary: (entries) => `${entries} entries` },
  );
  const halves = finished.map(({ lock, epoch }) => ({ lock: { ...maskDeep(lock, maskUrls) }, epoch }));
  const published = await draft.publish(manifest, halves);
  const distributions = halves.map(({ lock }) => lock);
  const { overlaps } = identification;
  const what = { manifest, distributions, finished, files, paths, overlaps, sealed, snapshot, published };
  return summarize({ ...what, problems, epoch: isoDate(epoch) });
}
