import { normalizeName } from './names.js';
import { parseSpecifiers, satisfies } from './specifiers.js';
import { parseVersion } from './versions.js';

/** The variables of environment markers. https://packaging.python.org/specifications/dependency-specifiers/ */
export type MarkerEnvironment = Readonly<Record<string, string>>;

interface Operand {
  /** A variable's name, or the text of a literal. */
  readonly variable?: string;
  readonly text?: string;
}

/** A condition on an environment. */
export type Marker =
  | { readonly kind: 'or' | 'and'; readonly parts: readonly Marker[] }
  | { readonly kind: 'compare'; readonly left: Operand; readonly operator: string; readonly right: Operand };

/** Old spellings (PEP 345). */
const aliases: Readonly<Record<string, string>> = {
  'os.name': 'os_name',
  'sys.platform': 'sys_platform',
  'platform.version': 'platform_version',
  'platform.machine': 'platform_machine',
  'platform.python_implementation': 'platform_python_implementation',
  python_implementation: 'platform_python_implementation',
};

const token = /\s*(?:(\(|\)|===|==|~=|!=|<=|>=|<|>|not\s+in\b|in\b|and\b|or\b)|'([^']*)'|"([^"]*)"|([A-Za-z_][\w.]*))/y;

interface Token {
  readonly operator?: string;
  readonly operand?: Operand;
}

/** Reads a marker; undefined where it is none. */
export function parseMarker(text: string): Marker | undefined {
  const tokens = tokensOf(text.trim());
  if (!tokens) return undefined;
  let at = 0;
  const isNext = (operator: string) => tokens[at]?.operator === operator;

  function series(kind: 'or' | 'and', part: () => Marker | undefined): Marker | undefined {
    const parts: Marker[] = [];
    do {
      if (parts.length > 0) at++;
      const found = part();
      if (!found) return undefined;
      parts.push(found);
    } while (isNext(kind));
    return parts.length === 1 ? parts[0] : { kind, parts };
  }
  const either = (): Marker | undefined => series('or', () => series('and', single));

  function single(): Marker | undefined {
    if (isNext('(')) {
      at++;
      const inner = either();
      return isNext(')') && at++ ? inner : undefined;
    }
    const [left, middle, right] = tokens?.slice(at, at + 3) ?? [];
    at += 3;
    if (!left?.operand || !middle?.operator || !right?.operand) return undefined;
    if (['(', ')', 'and', 'or'].includes(middle.operator)) return undefined;
    return { kind: 'compare', left: left.operand, operator: middle.operator, right: right.operand };
  }
  const marker = either();
  return at === tokens.length ? marker : undefined;
}

function tokensOf(text: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const found = token.exec(text);
    if (!found) return undefined;
    const [, operator, single, double, variable] = found;
    if (operator) tokens.push({ operator: operator.replace(/\s+/, ' ') });
    else if (variable !== undefined) tokens.push({ operand: { variable: aliases[variable] ?? variable } });
    else tokens.push({ operand: { text: single ?? double ?? '' } });
  }
  return tokens;
}

/** Whether an environment meets a marker, with an extra that is asked for; a variable that it does not have is empty. */
export function evaluateMarker(marker: Marker, environment: MarkerEnvironment, extra = ''): boolean {
  if (marker.kind !== 'compare') {
    const isMet = (part: Marker) => evaluateMarker(part, environment, extra);
    return marker.kind === 'or' ? marker.parts.some(isMet) : marker.parts.every(isMet);
  }
  const { left, operator, right } = marker;
  const isExtra = left.variable === 'extra' || right.variable === 'extra';
  const textOf = ({ variable, text = '' }: Operand) => {
    if (variable === undefined) return text;
    return variable === 'extra' ? extra : (environment[variable] ?? '');
  };
  const values = [textOf(left), textOf(right)] as const;
  return isExtra
    ? compareTexts(normalizeName(values[0]), operator, normalizeName(values[1]))
    : compareValues(values[0], operator, values[1]);
}

/** As versions where both are some, otherwise as texts. */
function compareValues(left: string, operator: string, right: string): boolean {
  const specifiers = operator === 'in' || operator === 'not in' ? undefined : parseSpecifiers(operator + right);
  const isBound = specifiers?.length === 1 && parseVersion(right.replace(/\.\*$/, '')) !== undefined;
  if (specifiers && isBound && parseVersion(left)) return satisfies(left, specifiers);
  return compareTexts(left, operator, right);
}

function compareTexts(left: string, operator: string, right: string): boolean {
  switch (operator) {
    case 'in':
      return right.includes(left);
    case 'not in':
      return !right.includes(left);
    case '==':
    case '===':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    default:
      return false;
  }
}
