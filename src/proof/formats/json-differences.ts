import { type Differences, nothing } from '../comparison/differences.js';
import { isSameText, type Tolerance } from '../comparison/tolerance.js';
import { JsonNumber, type JsonValue } from './json.js';

/** What does not count: keys anywhere, or places. */
export interface JsonOptions extends Tolerance {
  readonly ignore?: readonly string[] | undefined;
}

/** Compares two values; the places of the differences are JSON pointers (RFC 6901). The order of keys is none. */
export function compareJson(expected: JsonValue, found: JsonValue, options: JsonOptions, report: Differences): void {
  const { ignore = [] } = options;
  const keys = new Set(ignore.filter((each) => !each.startsWith('/')));
  const places = ignore.filter((each) => each.startsWith('/')).map((each) => each.split('/').slice(1));
  compareAt([], expected, found, { tolerance: options, keys, places, report });
}

interface Rules {
  readonly tolerance: Tolerance;
  readonly keys: ReadonlySet<string>;
  readonly places: readonly (readonly string[])[];
  readonly report: Differences;
}

function compareAt(
  place: readonly string[],
  expected: JsonValue | undefined,
  found: JsonValue | undefined,
  rules: Rules,
): void {
  if (expected === found || isLeftOut(place, rules)) return;
  if (Array.isArray(expected) && Array.isArray(found)) {
    for (let at = 0; at < Math.max(expected.length, found.length); at++) {
      compareAt([...place, String(at)], expected[at], found[at], rules);
    }
  } else if (expected instanceof Map && found instanceof Map) {
    for (const key of new Set<string>([...expected.keys(), ...found.keys()])) {
      const step = key.replaceAll('~', '~0').replaceAll('/', '~1');
      if (!rules.keys.has(key)) compareAt([...place, step], expected.get(key), found.get(key), rules);
    }
  } else if (!isSameNumber(expected, found, rules.tolerance)) {
    rules.report.add(() => ({ at: pointer(place), expected: show(expected), found: show(found) }));
  }
}

function isSameNumber(expected: JsonValue | undefined, found: JsonValue | undefined, tolerance: Tolerance): boolean {
  const areNumbers = expected instanceof JsonNumber && found instanceof JsonNumber;
  return areNumbers && isSameText(expected.text, found.text, tolerance);
}

function isLeftOut(place: readonly string[], { places }: Rules): boolean {
  return places.some(
    (steps) => steps.length === place.length && steps.every((step, at) => step === '*' || step === place[at]),
  );
}

function pointer(place: readonly string[]): string {
  return place.length === 0 ? 'the whole' : `/${place.join('/')}`;
}

function show(value: JsonValue | undefined): string {
  if (value === undefined) return nothing;
  if (value instanceof JsonNumber) return value.text;
  if (value instanceof Map) return `an object with ${value.size} keys`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return JSON.stringify(value);
}
