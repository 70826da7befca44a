import { describe, expect, it } from 'vitest';
import { pathFromText } from '../../../src/model/file-path.js';
import type { ManifestOutput, ManifestRun } from '../../../src/spec/document/schema.js';
import { foldOutputs, unfoldOutputs } from '../../../src/spec/runs/outputs.js';
import type { RecordedTrace } from '../../../src/spec/specification.js';

const made = new Set(['/w/venv', '/w/venv/lib', '/w/few'].map(pathFromText));
const many = Array.from({ length: 40 }, (_, at): ManifestOutput => ({ path: `/w/venv/lib/f${at + 10}`, size: 2 }));
const few: ManifestOutput[] = [{ path: '/w/few/a', size: 1 }];
const result: ManifestOutput = { path: '/w/result', size: 5 };

function unfold(outputs: readonly ManifestOutput[], recorded: readonly ManifestOutput[] | undefined): ManifestOutput[] {
  return unfoldOutputs({ outputs } as ManifestRun, recorded && ({ outputs: recorded } as RecordedTrace));
}

describe('outputs in the manifest', () => {
  it('stand as the topmost folder that the run made where they are many', () => {
    const { shown, folded } = foldOutputs([result, ...many, ...few], made);
    expect(shown).toEqual([...few, result, { path: '/w/venv', files: 40, size: 80 }]);
    expect(folded).toEqual(many);
  });

  it('stand one by one in a folder that was there before', () => {
    expect(foldOutputs(many, new Set())).toEqual({ shown: many, folded: [] });
  });

  it('are compared file by file, as the folder says and as a line of their own says', () => {
    const [first] = many;
    const own: ManifestOutput = { path: first?.path ?? '', compare: 'ignore' };
    const folder: ManifestOutput = { path: '/w/venv', files: 40, compare: 'text' };
    const unfolded = unfold([folder, own, result], many);
    expect(unfolded).toHaveLength(41);
    expect(unfolded).toContainEqual(own);
    expect(unfolded).toContainEqual(result);
    expect(unfolded.filter(({ compare }) => compare === 'text')).toHaveLength(39);
  });

  it('stay a folder where nothing was recorded of it', () => {
    const folder: ManifestOutput = { path: '/w/venv', files: 40 };
    expect(unfold([folder], undefined)).toEqual([folder]);
  });
});
