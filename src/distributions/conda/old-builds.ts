import type { ArchiveService, Place } from '../../archives/service.js';
import type { PlannedPackage } from '../../model/plan.js';

/** The label that builds are moved to when they are withdrawn, conda-forge's for one: the file itself stays. */
const usual = 'broken';

/** The labels of a channel, beside the one that a package came from, that may have kept it. */
export function condaLabels(environment: Readonly<Record<string, string | undefined>>): ArchiveService[] {
  const labels = (environment['REPROMAN_CONDA_LABELS'] ?? usual).split(/\s+/).filter(Boolean);
  if (labels.length === 0) return [];
  return [
    {
      rung: 'old-builds',
      title: `the labels ${labels.join(', ')} of conda channels`,
      locate: async (packages) => new Map(packages.map((planned) => [planned, placesOf(planned, labels)])),
    },
  ];
}

/** `CHANNEL/SUBDIR/FILE` is `CHANNEL/label/LABEL/SUBDIR/FILE` under a label. */
function placesOf({ artifact: { urls } }: PlannedPackage, labels: readonly string[]): Place[] {
  return urls.flatMap((url) => {
    const [, channel, file] = /^(https?:\/\/.+?)(?:\/label\/[^/]+)?\/([^/]+\/[^/]+)$/.exec(url) ?? [];
    if (channel === undefined) return [];
    const places = labels.map((label) => ({
      url: `${channel}/label/${encodeURIComponent(label)}/${file}`,
      evidence: `under the label ${label}`,
    }));
    return places.filter((place) => place.url !== url);
  });
}
