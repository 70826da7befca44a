import { z } from 'zod';
import { containerAnalysisSchema, containerDiffSchema } from '../comparison/container-diff/schema.js';
import { rulesSchema } from '../comparison/rules.js';
import { comparisonSchema } from '../comparison/schema.js';
import { shownFileSchema } from '../comparison/show/show.js';
import { treeSchemas } from '../filesystem/trie/results-schema.js';
import { changelogSchema, classifiedSchema, historySchema } from '../lineage/results-schema.js';
import { lineageResultSchema } from '../lineage/schema.js';
import { partSchema } from '../similarity/blocks.js';
import { matrixResultSchema, similarityResultSchema } from '../similarity/schema.js';
import { snapshotSummarySchema } from '../sources/summary-schema.js';
import { satisfactionSchema, specDifferencesSchema } from '../spec/diff/schema.js';

const asContainerDiff = '--format container-diff --json';

/** The JSON Schemas of what verbs print with `--json`, and of the files that they read and write beside specs, by file name. */
export function resultSchemas(): ReadonlyMap<string, string> {
  return new Map([
    ['comparison.schema.json', document(comparisonSchema, 'what reproman diff --json prints for two sources')],
    ['diff-rules.schema.json', document(rulesSchema, 'the rules of reproman diff --rules')],
    ['snapshot.schema.json', document(snapshotSummarySchema, 'what reproman snapshot --json prints')],
    ['similarity.schema.json', document(similarityResultSchema, 'what reproman similarity --json prints')],
    ['matrix.schema.json', document(matrixResultSchema, 'what reproman matrix --json prints')],
    ['matrix-block.schema.json', document(partSchema, 'the file of reproman matrix --block')],
    ['lineage.schema.json', document(lineageResultSchema, 'what reproman lineage --json prints')],
    ['classify.schema.json', document(classifiedSchema, 'what reproman classify --json prints')],
    ['history.schema.json', document(historySchema, 'what reproman history --json prints')],
    ['changelog.schema.json', document(changelogSchema, 'what reproman changelog --json prints')],
    ['diff-specs.schema.json', document(specDifferencesSchema, 'what reproman diff --json prints for two specs')],
    ['diff-satisfies.schema.json', document(satisfactionSchema, 'what reproman diff --satisfies --json prints')],
    ['diff-show.schema.json', document(shownFileSchema, 'what reproman diff --show --json prints')],
    ['container-diff.schema.json', document(containerDiffSchema, `what reproman diff ${asContainerDiff} prints`)],
    [
      'container-diff-analysis.schema.json',
      document(containerAnalysisSchema, `what reproman snapshot ${asContainerDiff} prints`),
    ],
    ...Object.entries(treeSchemas).map(
      ([verb, schema]) =>
        [`tree-${verb}.schema.json`, document(schema, `what reproman tree ${verb} --json prints`)] as const,
    ),
  ]);
}

function document(schema: z.ZodType, title: string): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' });
  return `${JSON.stringify({ $schema, title, ...rest }, undefined, 2)}\n`;
}
