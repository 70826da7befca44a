import { hideValues, isSecretName, maskedValue, maskText } from './mask.js';

export interface MaskedArgv {
  readonly argv: readonly string[];
  /** Something was masked: the command cannot run again exactly as it is written. */
  readonly masked: boolean;
}

/** Programs whose `-pSECRET` or `-p SECRET` is a password. */
const shortPassword = /(?:^|\/)(?:mysql|mysqldump|mysqladmin|mysqlimport|mysqlshow|mariadb[a-z-]*|sshpass)$/;
/** Programs whose `-u` takes `user:password`. */
const userPassword = /(?:^|\/)(?:curl|http|https|xh|lftp)$/;

/** Takes credentials out of a command line; `secrets` are values known from elsewhere. */
export function maskArgv(argv: readonly string[], secrets: readonly string[] = []): MaskedArgv {
  const result: string[] = [];
  let expectsSecret = false;
  let program = argv[0] ?? '';
  for (const [index, word] of argv.entries()) {
    const previous = argv[index - 1] ?? '';
    if (shortPassword.test(word) || userPassword.test(word)) program = word;
    result.push(expectsSecret ? maskedValue : hideValues(maskWord(word, previous, program), secrets));
    expectsSecret = index > 0 && !expectsSecret && takesSecret(word, program);
  }
  return { argv: result, masked: result.some((word, index) => word !== argv[index]) };
}

function maskWord(word: string, previous: string, program: string): string {
  const option = /^(--?[A-Za-z][\w-]*|[A-Za-z_]\w*)=([\s\S]*)$/.exec(word);
  if (option?.[1] !== undefined && option[2] !== '' && isSecretName(option[1])) return `${option[1]}=${maskedValue}`;
  if (shortPassword.test(program) && /^-p./.test(word)) return `-p${maskedValue}`;
  const attached = /^(?:-u|--user=|--proxy-user=)?([^\s:=/]+):(.+)$/.exec(word);
  const afterUser =
    ['-u', '--user', '-U', '--proxy-user'].includes(previous) || /^(?:-u|--user=|--proxy-user=)/.test(word);
  if (afterUser && attached && (userPassword.test(program) || !/^\d+$/.test(attached[2] ?? ''))) {
    return word.slice(0, word.length - (attached[2] ?? '').length) + maskedValue;
  }
  return maskText(word);
}

function takesSecret(word: string, program: string): boolean {
  if (/(?:^|\/)sshpass$/.test(program) && word === '-p') return true;
  return (
    (/^--[A-Za-z][\w-]*$/.test(word) && isSecretName(word)) ||
    /^-(?:pass(?:word|wd)?|token|secret|api-?key)$/.test(word)
  );
}
