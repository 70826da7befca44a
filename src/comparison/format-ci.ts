import { type Comparison, isEqual } from './comparison.js';
import { filesTitle } from './format-text.js';
import type { Violation } from './rules.js';

/** What a machine that checks changes is told: each violation is a finding, or without rules that there are differences. */
function findingsOf(comparison: Comparison, violations: readonly Violation[] | undefined): readonly Violation[] {
  if (violations) return violations;
  if (isEqual(comparison)) return [];
  return [{ rule: 'equal', message: filesTitle(comparison.files.changes, comparison.files.same) }];
}

/** As JUnit has it: one case for each rule that does not hold, or one that passed. */
export function formatJunit(comparison: Comparison, violations?: readonly Violation[]): string {
  const found = findingsOf(comparison, violations);
  const name = xml(`${comparison.one} > ${comparison.other}`);
  const cases = found.map(
    ({ rule, message }) =>
      `    <testcase classname="${name}" name="${xml(rule)}"><failure message="${xml(message)}"/></testcase>`,
  );
  const shown = cases.length > 0 ? cases : [`    <testcase classname="${name}" name="equal"/>`];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite name="reproman diff" tests="${shown.length}" failures="${cases.length}">`,
    ...shown,
    '  </testsuite>',
    '</testsuites>',
  ].join('\n');
}

/** As SARIF 2.1.0 has it. https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
export function formatSarif(comparison: Comparison, violations?: readonly Violation[]): string {
  const found = findingsOf(comparison, violations);
  const rules = [...new Set(found.map(({ rule }) => rule))].map((id) => ({ id }));
  const results = found.map(({ rule, message, path }) => ({
    ruleId: rule,
    level: 'error',
    message: { text: message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(path === undefined ? comparison.other : path.replace(/^\/+/, '')) },
        },
      },
    ],
  }));
  const run = { tool: { driver: { name: 'reproman', rules } }, results };
  const document = { version: '2.1.0', $schema: 'https://json.schemastore.org/sarif-2.1.0.json', runs: [run] };
  return JSON.stringify(document, undefined, 2);
}

function xml(text: string): string {
  const named: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  // XML has no place for control characters, not even as numbers.
  return text.replace(/\p{Cc}/gu, '?').replace(/[&<>"]/g, (each) => named[each] ?? each);
}
