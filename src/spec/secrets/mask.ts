/** What stands where a secret was. */
export const maskedValue = '***';

/** Shapes of tokens that are known by their beginning. Each is published by the service that issues it. */
const tokenShapes = [
  /\bgh[pousr]_[A-Za-z0-9]{16,}/g, // GitHub
  /\bgithub_pat_[A-Za-z0-9_]{16,}/g,
  /\bgl(?:pat|rt|ptt|dt|cbt)-[A-Za-z0-9_-]{16,}/g, // GitLab
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, // AWS access key ids
  /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/g, // Slack
  /\bnpm_[A-Za-z0-9]{30,}/g,
  /\bpypi-[A-Za-z0-9_-]{30,}/g,
  /\bhf_[A-Za-z0-9]{30,}/g, // Hugging Face
  /\bsk-(?:[a-z]+-)*[A-Za-z0-9_-]{24,}/g,
  /\bdckr_pat_[A-Za-z0-9_-]{20,}/g,
  /\bAIza[A-Za-z0-9_-]{35}/g, // Google
  /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, // JSON Web Token
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|$)/g,
];

const secretWord =
  '(?:pass(?:word|wd|phrase|code)?|(?<=[a-z0-9][-_])pwd|token|secret|credentials?|api[-_]?key|access[-_]?key(?:[-_]id)?|secret[-_]?key|auth[-_]?key|private[-_]?key|sig(?:nature)?)';

/** `?token=...` in an address; the name may have words before the telling one. */
const queryPattern = new RegExp(`([?&;](?:[a-z0-9]+[-_])*${secretWord}=)[^&#\\s"']+`, 'gi');
/**
 * `NAME_TOKEN=value`, `PGPASSWORD=value` and `--db-password=value` inside a longer text. What a shell is to put in
 * (`$NAME`) and what is too short to be a secret stays.
 */
const assignmentPattern = new RegExp(
  `((?:^|[\\s"'(;,{&|])(?:--?)?(?:(?:[a-z0-9]+[-_])*${secretWord}|[a-z0-9_]*(?:password|passwd|secret|token))["']?=)("[^"$]{4,}"|'[^']{4,}'|[^\\s"'$\`;&|]{4,})`,
  'gi',
);
const optionPattern = new RegExp(
  `((?:^|\\s)--(?:[a-z0-9]+-)*${secretWord}\\s+)("[^"]*"|'[^']*'|[^\\s"';&|-]\\S*)`,
  'gi',
);
const headerPattern =
  /((?:^|[\s"'])(?:proxy-)?(?:authorization|private-token|job-token|x-api-key|x-auth-token|x-amz-security-token|cookie)["']?\s*[:=]\s*["']?(?:(?:basic|bearer|token|digest)\s+)?)[^\s"']+/gi;
const bearerPattern = /(\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/-]{12,}=*/gi;
/** RFC 3986 §3.2.1: user information, with a password. */
const passwordInUrl = /\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@"']*:)[^\s/@"']+@/gi;
/** A user name so long that it is a token; `git@` and the like stay. */
const tokenInUrl = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s:/@"']{20,}@/gi;
/** Conda channels: https://host/t/TOKEN/channel. */
const condaToken = /(:\/\/[^/\s]+\/t\/)[^/\s"']{8,}(?=\/)/g;

/** Masks user information and secret parameters of addresses; leaves every other text as it is. */
export function maskUrls(text: string): string {
  if (!text.includes('://') && !text.includes('=')) return text;
  return text
    .replace(passwordInUrl, `$1${maskedValue}@`)
    .replace(tokenInUrl, `$1${maskedValue}@`)
    .replace(condaToken, `$1${maskedValue}`)
    .replace(queryPattern, `$1${maskedValue}`);
}

/** Masks what looks like a credential anywhere in a text. */
export function maskText(text: string): string {
  let masked = maskUrls(text);
  for (const shape of tokenShapes) masked = masked.replace(shape, maskedValue);
  return masked
    .replace(headerPattern, `$1${maskedValue}`)
    .replace(bearerPattern, `$1${maskedValue}`)
    .replace(assignmentPattern, `$1${maskedValue}`)
    .replace(optionPattern, `$1${maskedValue}`);
}

/** Whether a text holds what {@link maskText} would mask. */
export function looksSecret(text: string): boolean {
  return maskText(text) !== text;
}

const secretName = new RegExp(`(?:^|[-_.])${secretWord}s?$`, 'i');
const gluedName = /(?:password|passwd|passphrase|secret|token|apikey|accesskey|secretkey|credential)s?$/i;

/** Whether the value of a variable or option of this name is a secret: `GITHUB_TOKEN`, `--db-password`, `PGPASSWORD`. */
export function isSecretName(name: string): boolean {
  return secretName.test(name) || gluedName.test(name);
}

/** Replaces every occurrence of values that are known to be secret. */
export function hideValues(text: string, secrets: readonly string[]): string {
  let hidden = text;
  for (const secret of secrets) if (hidden.includes(secret)) hidden = hidden.replaceAll(secret, maskedValue);
  return hidden;
}

/** Masks all strings inside a value of plain data, keys excepted. */
export function maskDeep<T>(value: T, mask: (text: string) => string): T {
  if (typeof value === 'string') return mask(value) as T;
  if (Array.isArray(value)) return value.map((item) => maskDeep(item, mask)) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, maskDeep(member, mask)])) as T;
}
