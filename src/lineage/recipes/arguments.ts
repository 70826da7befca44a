/** Values of arguments by their names. */
export type ArgumentValues = ReadonlyMap<string, string>;

const variable = /\\\$|\$(?:(\w+)|\{(\w+)(?:(:?[-+])([^{}]*(?:\{[^{}]*\}[^{}]*)*))?\})/g;

/**
 * Puts arguments in their places: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:+other}`. Undefined where one has no
 * value. https://docs.docker.com/reference/dockerfile/#environment-replacement
 */
export function expandArguments(text: string, values: ArgumentValues): string | undefined {
  let isComplete = true;
  const expanded = text.replace(variable, (whole, plain?: string, braced?: string, operator?: string, word = '') => {
    if (whole === '\\$') return '$';
    const value = values.get(plain ?? braced ?? '');
    const counts = operator?.startsWith(':') ? value !== undefined && value !== '' : value !== undefined;
    const other = () => expandArguments(word, values) ?? fail();
    const fail = () => {
      isComplete = false;
      return '';
    };
    if (operator?.endsWith('+')) return counts ? other() : '';
    if (counts && value !== undefined) return value;
    return operator === undefined ? fail() : other();
  });
  return isComplete && !/\$\{/.test(expanded) ? expanded : undefined;
}

/** `ARG NAME`, `ARG NAME=value OTHER="a value"`: values where they are given. */
export function parseArguments(text: string): (readonly [name: string, value: string | undefined])[] {
  return splitWords(text).map((word) => {
    const equals = word.indexOf('=');
    return equals === -1 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
  });
}

/** Words apart, without the quotes around them or parts of them. */
export function splitWords(text: string): string[] {
  const words = text.match(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\]|["'\\])+/gs) ?? [];
  return words.map((word) =>
    word.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'|\\([^$])/gs, (_, double?: string, single?: string, escaped?: string) =>
      double === undefined ? (single ?? escaped ?? '') : double.replace(/\\(["\\])/g, '$1'),
    ),
  );
}
