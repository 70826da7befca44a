import { expect, it } from 'vitest';
import { condaLabels } from '../../../src/distributions/conda/old-builds.js';
import type { PlannedPackage } from '../../../src/model/plan.js';
import { asking } from '../../support/asking.js';

async function placesOf(url: string, environment: Record<string, string> = {}): Promise<string[]> {
  const artifact = { name: 'x.conda', urls: [url] };
  const planned: PlannedPackage = { distribution: 'conda', name: 'x', version: '1', used: true, artifact };
  const nobody = await asking();
  const located = await Promise.all(condaLabels(environment).map((service) => service.locate([planned], nobody)));
  return located.flatMap((places) => places.get(planned)?.map((place) => place.url) ?? []);
}

it('looks for a withdrawn build under the label that such builds are moved to', async () => {
  const found = await placesOf('https://h.example/forge/linux-64/x-1-0.conda');
  expect(found).toEqual(['https://h.example/forge/label/broken/linux-64/x-1-0.conda']);
});

it('looks under other labels than the one it came from, as they are set', async () => {
  const labels = { REPROMAN_CONDA_LABELS: 'main broken' };
  const found = await placesOf('https://h.example/forge/label/main/noarch/x-1-0.conda', labels);
  expect(found).toEqual(['https://h.example/forge/label/broken/noarch/x-1-0.conda']);
  expect(await placesOf('https://h.example/forge/noarch/x.conda', { REPROMAN_CONDA_LABELS: '' })).toEqual([]);
});
