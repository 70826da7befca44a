import { codeOf, ReproError, reasonOf } from '../errors.js';

/** An error as one plain paragraph: what happened, where, and what to do about it. */
export function errorText(error: unknown): string {
  if (!(error instanceof ReproError)) return sentence(knownReason(error) ?? reasonOf(error));
  const place = error.where === undefined || error.message.includes(error.where) ? '' : `${error.where}: `;
  const remedy = error.remedy === undefined ? '' : ` ${sentence(capitalized(error.remedy))}`;
  return escapeControls(`${place}${sentence(error.message)}${remedy}`).replace(/\s*\n\s*/g, ' ');
}

/** An error as data, for `--json`. */
export function errorData(error: unknown): Record<string, string> {
  if (!(error instanceof ReproError)) return { kind: 'failure', message: knownReason(error) ?? reasonOf(error) };
  return {
    kind: error.kind,
    message: error.message,
    ...(error.where === undefined ? {} : { where: error.where }),
    ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
  };
}

/** Whether the error is the user's or the machine's, so that a stack trace would tell nobody anything. */
export function isExpected(error: unknown): boolean {
  return error instanceof ReproError || isUsageError(error) || knownReason(error) !== undefined;
}

/** Whether the option parser refused the arguments. */
export function isUsageError(error: unknown): boolean {
  return error instanceof Error && ('parse' in error || 'showHelp' in error || flagMistake(error) !== undefined);
}

/** What is wrong with the value of an option: the parser throws an ordinary error, told apart by its text only. */
export function flagMistake(error: Error): string | undefined {
  const [, flag, what] =
    /^Parsing (--[\w-]+) ?\n\t([\s\S]*?)(?:\nSee more help with --help)?$/.exec(error.message) ?? [];
  if (what === undefined) return /^Flag --[\w-]+ can only be specified once$/.exec(error.message)?.[0];
  return `${flag}: ${what.charAt(0).toLowerCase()}${what.slice(1)}`;
}

/** Text with control characters made visible, so that a file name cannot write to the terminal. */
export function escapeControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/g, (character) =>
    character === '\t' ? '\\t' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** The same of what must not begin a line of its own. */
export function onOneLine(text: string): string {
  return escapeControls(text).replaceAll('\n', '\\n');
}

function knownReason(error: unknown): string | undefined {
  const code = codeOf(error);
  if (code === undefined) return undefined;
  const path = (error as NodeJS.ErrnoException).path;
  const subject = path === undefined ? 'the operation' : path;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `${subject}: no space is left on the disk. Make room or choose another place (XDG_CACHE_HOME, XDG_DATA_HOME, TMPDIR)`;
    case 'EACCES':
    case 'EPERM':
      return `${subject}: permission denied`;
    case 'EROFS':
      return `${subject}: the filesystem is read-only`;
    default:
      return undefined;
  }
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?:;]\)?$/.test(trimmed) || trimmed === '' ? trimmed : `${trimmed}.`;
}
