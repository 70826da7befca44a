import { stringify } from 'yaml';
import type { Manifest } from './schema.js';

const width = 110;
/** Lists longer than this are folded into lines. */
const foldFrom = 24;

/**
 * A manifest as people read it: sections with a word on each, one line per file, long lists folded. `schema` is where
 * editors find its JSON Schema, relative to the manifest.
 */
export function manifestText(manifest: Manifest, schema: string): string {
  const { base, distributions, files, absent = [], steps = [], runs, host = [], platform, epoch } = manifest;
  const sections = [
    `# yaml-language-server: $schema=${schema}\nversion: ${manifest.version}`,
    section('the system that everything stands on', ['base:', ...members({ ...base }, '  ')]),
    distributions.length > 0 &&
      section('packages that the runs used; environment.d/lock.json has all that these need', [
        'distributions:',
        ...distributions.flatMap((one) => item(distributionLines(one))),
      ]),
    files.length > 0 &&
      section('files that no package has as they are here; carried ones are in environment.d', [
        'files:',
        ...files.map((file) => `  - ${inline(file)}`),
      ]),
    absent.length > 0 &&
      section('files of packages that the runs looked for, and that are not there', [
        'absent:',
        ...absent.map((one) => `  - ${inline(one)}`),
      ]),
    steps.length > 0 &&
      section('what is done then, in order; create does it again and compares what it makes', [
        'steps:',
        ...steps.flatMap((step) => item(stepLines(step))),
      ]),
    runs.length > 0 && section('what ran', ['runs:', ...runs.flatMap((run) => item(runLines(run)))]),
    host.length > 0 &&
      section('what the machine that runs must have itself; never carried', [
        'host:',
        ...host.map((need) => `  - ${inline(need)}`),
      ]),
    platform && section('what was below; recorded, not rebuilt', ['platform:', ...members({ ...platform }, '  ')]),
    epoch !== undefined && section('the newest date of the packages', [`epoch: ${scalar(epoch)}`]),
  ];
  return `${sections.filter((part) => typeof part === 'string').join('\n\n')}\n`;
}

function section(comment: string, lines: readonly string[]): string {
  return [`# ${comment}`, ...lines].join('\n');
}

function distributionLines(distribution: Manifest['distributions'][number]): string[] {
  const { name, ...rest } = distribution;
  return [`name: ${scalar(name)}`, ...members(rest, '')];
}

function runLines(run: Manifest['runs'][number]): string[] {
  const { id, after, command, masked, cwd, environment, inputs, outputs, stdin, stdout, stderr, ...rest } = run;
  const { attached, exit, ...others } = rest;
  const streams = { stdin, stdout, stderr };
  return [
    `id: ${scalar(id)}`,
    ...members({ after }, ''),
    ...sequence('command', command, ''),
    ...(masked ? ['masked: true # a secret was taken out of the command'] : []),
    ...members({ cwd, attached, exit, ...streams, ...others }, ''),
    ...(Object.keys(environment).length > 0 ? ['environment:', ...members(environment, '  ')] : []),
    ...records('inputs', inputs),
    ...records('outputs', outputs),
  ];
}

function stepLines(step: NonNullable<Manifest['steps']>[number]): string[] {
  if ('download' in step) return members(step, '');
  if ('copy' in step) {
    const { makes, ...rest } = step;
    return [...members(rest, ''), ...records('makes', makes)];
  }
  const { id, command, environment, inputs, makes, ...rest } = step;
  return [
    `id: ${scalar(id)}`,
    ...sequence('command', command, ''),
    ...members(rest, ''),
    ...(Object.keys(environment).length > 0 ? ['environment:', ...members(environment, '  ')] : []),
    ...records('inputs', inputs),
    ...records('makes', makes),
  ];
}

function records(key: string, entries: readonly object[]): string[] {
  return entries.length === 0 ? [] : [`${key}:`, ...entries.map((entry) => `  - ${inline(entry)}`)];
}

function item(lines: readonly string[]): string[] {
  return lines.map((line, index) => (index === 0 ? `  - ${line}` : `    ${line}`));
}

function members(value: object, indent: string): string[] {
  return Object.entries(value).flatMap(([key, member]) => {
    if (member === undefined) return [];
    if (Array.isArray(member)) return sequence(scalar(key), member, indent);
    return [`${indent}${scalar(key)}: ${inline(member)}`];
  });
}

/** A list: on one line where it fits, one item a line where it is short enough to look through, else folded. */
function sequence(key: string, items: readonly unknown[], indent: string): string[] {
  const texts = items.map(inline);
  const flat = `${indent}${key}: [${texts.join(', ')}]`;
  if (flat.length <= width) return [flat];
  if (items.length <= foldFrom) return [`${indent}${key}:`, ...texts.map((text) => `${indent}  - ${text}`)];
  return [`${indent}${key}:`, `${indent}  [`, ...fold(texts, `${indent}    `), `${indent}  ]`];
}

function fold(texts: readonly string[], indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const text of texts) {
    if (line.length > indent.length && line.length + text.length + 1 > width) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${text}, `;
  }
  return [...lines, line.trimEnd()];
}

/** A value on one line, safe inside brackets. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (value === null || typeof value !== 'object') return scalar(value);
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return entries.length === 0
    ? '{}'
    : `{ ${entries.map(([key, member]) => `${scalar(key)}: ${inline(member)}`).join(', ')} }`;
}

/** A scalar that means the same in block and in flow style, on one line. */
function scalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  if (isPlain(value) && !needsQuotes(value)) return value;
  // JSON is YAML, but for these, which YAML takes for line breaks or not printable
  return JSON.stringify(value).replace(
    /[\x7f-\xa0\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]/g,
    (unit, at: number, all: string) =>
      isPaired(all, at) ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Whether a surrogate is one half of a character. */
function isPaired(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  if (unit < 0xd800 || unit > 0xdfff) return false;
  const other = unit < 0xdc00 ? text.charCodeAt(at + 1) : text.charCodeAt(at - 1);
  return unit < 0xdc00 ? other >= 0xdc00 && other <= 0xdfff : other >= 0xd800 && other < 0xdc00;
}

function isPlain(text: string): boolean {
  const hasColons = /^[A-Za-z_/][A-Za-z0-9_./+~=@%:-]*[A-Za-z0-9_/+~]$/.test(text);
  return hasColons || /^[A-Za-z0-9_/][A-Za-z0-9_./+~=@%()-]*(?: [A-Za-z0-9_./+~=@%()-]+)*$/.test(text);
}

/** Plain text that YAML 1.1 or 1.2 readers would take for something else than text. */
function needsQuotes(text: string): boolean {
  if (/^\d{4}-\d/.test(text)) return true;
  return (
    /^(?:[\d.+-][\d_.]*(?:e[+-]?\d+)?|0[xo][\da-f]+|true|false|yes|no|on|off|y|n|null|nan|inf)$/i.test(text) ||
    stringify(text).trimEnd() !== text
  );
}
