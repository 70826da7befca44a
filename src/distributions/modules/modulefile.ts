/** What a module does to the environment, as far as its file says it plainly. */
export interface Effect {
  readonly kind: 'path' | 'value' | 'module';
  /** The variable; of `module` the module that is loaded or must be. */
  readonly name: string;
  readonly value: string;
}

type Variables = Map<string, string>;

/**
 * Reads a module file of Environment Modules (Tcl, https://modules.readthedocs.io/en/latest/modulefile.html) or Lmod
 * (Lua, https://lmod.readthedocs.io/en/latest/050_lua_modulefiles.html). It is a program: what it computes in other
 * ways than by its variables and by joining paths is left out.
 */
export function effectsOf(file: string, content: string): Effect[] {
  const variables: Variables = new Map();
  const read = file.endsWith('.lua') ? readLua : readTcl;
  return content.split('\n').flatMap((line) => read(line.trim(), variables) ?? []);
}

function readTcl(line: string, variables: Variables): Effect | undefined {
  const isOption = (word: string | undefined, before: string | undefined): boolean =>
    /^--?[a-z]/.test(word ?? '') || /^(?:-d|--delim)$/.test(before ?? '');
  const words = tclWords(line, variables);
  const [command = '', ...rest] = words.filter((word, at) => !isOption(word, words[at - 1]));
  const [name, value] = rest;
  if (name === undefined) return undefined;
  if (command === 'set' && value !== undefined) variables.set(name, value);
  if ((command === 'prepend-path' || command === 'append-path') && value) return { kind: 'path', name, value };
  if (command === 'setenv' && value) return { kind: 'value', name, value };
  if (command === 'module' && name === 'load' && value) return { kind: 'module', name: value, value };
  return command === 'prereq' ? { kind: 'module', name, value: name } : undefined;
}

/** Words of a Tcl line; undefined where one is computed. */
function tclWords(line: string, variables: Variables): (string | undefined)[] {
  const joined = line.replace(/\[\s*file\s+join\s+([^[\]]*)\]/g, (_, parts: string) =>
    parts.trim().split(/\s+/).join('/'),
  );
  return [...joined.matchAll(/"([^"]*)"|\{([^{}]*)\}|(\S+)/g)].map(([, quoted, braced, plain]) =>
    braced === undefined ? substituted(quoted ?? plain ?? '', variables) : braced,
  );
}

function substituted(word: string, variables: Variables): string | undefined {
  if (word.includes('[') || word.includes('$env(')) return undefined;
  let isKnown = true;
  const value = word.replace(/\$\{?([A-Za-z_]\w*)\}?/g, (_, name: string) => {
    const known = variables.get(name);
    isKnown &&= known !== undefined;
    return known ?? '';
  });
  return isKnown ? value : undefined;
}

function readLua(line: string, variables: Variables): Effect | undefined {
  const [, variable, expression] = /^(?:local\s+)?([A-Za-z_]\w*)\s*=\s*(.+?);?$/.exec(line) ?? [];
  if (variable !== undefined && expression !== undefined) {
    const value = evaluated(expression, variables);
    if (value !== undefined) variables.set(variable, value);
    return undefined;
  }
  const [, command = '', list = ''] = /^(\w+)\s*\((.*)\)\s*;?$/.exec(line) ?? [];
  const [name, value] = argumentsOf(list).map((each) => evaluated(each, variables));
  if (name === undefined) return undefined;
  if ((command === 'prepend_path' || command === 'append_path') && value) return { kind: 'path', name, value };
  if (command === 'setenv' && value) return { kind: 'value', name, value };
  return /^(?:load|depends_on|prereq)$/.test(command) ? { kind: 'module', name, value: name } : undefined;
}

/** A literal, a variable, these put together with `..`, or a `pathJoin` of them; undefined for all else. */
function evaluated(expression: string, variables: Variables): string | undefined {
  const text = expression.trim();
  const [, joined] = /^pathJoin\s*\((.*)\)$/.exec(text) ?? [];
  const parts = joined === undefined ? text.split('..').map((part) => part.trim()) : argumentsOf(joined);
  if (joined === undefined && parts.length === 1) {
    const [, double, single] = /^(?:"([^"]*)"|'([^']*)')$/.exec(text) ?? [];
    return double ?? single ?? variables.get(text);
  }
  const values = parts.map((part) => evaluated(part, variables));
  if (values.some((value) => value === undefined)) return undefined;
  return joined === undefined ? values.join('') : values.join('/').replace(/\/{2,}/g, '/');
}

/** Arguments of a call: split at commas outside of quotes and brackets. */
function argumentsOf(list: string): string[] {
  return [...list.matchAll(/(?:"[^"]*"|'[^']*'|\([^()]*\)|[^,"'()])+/g)].map(([argument]) => argument.trim());
}
