import { type ErrorKind, ReproError, reasonOf } from '../../src/errors.js';

interface Advice {
  readonly kind: ErrorKind;
  /** What happened, where the service's own words do not say it. */
  readonly what?: string;
  readonly remedy: string;
}

const signIn: Advice = {
  kind: 'not-ready',
  remedy: 'sign in with: aws sso login or aws configure; name another profile with -b profile=NAME or AWS_PROFILE',
};
const quota: Advice = {
  kind: 'not-ready',
  remedy: "stop or delete others, or ask for more under Service Quotas in AWS's console",
};
const wait: Advice = { kind: 'not-ready', what: 'EC2 is asked too much of', remedy: 'wait a moment, and try again' };
const mistaken = (key: string): Advice => ({
  kind: 'usage',
  remedy: `see -b ${key}=..., and that it is of this region`,
});

/** By the codes of https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html, or the beginning of them. */
const advices: readonly (readonly [codes: RegExp, advice: Advice])[] = [
  [
    /^Insufficient(Instance|Host)Capacity$/,
    {
      kind: 'not-ready',
      what: 'EC2 has no such machine free there now',
      remedy: 'try again later, or take another: -b instanceType=..., or -b subnet=... of another zone',
    },
  ],
  [/^(RequestLimitExceeded|Throttling|RequestThrottled|ThrottlingException|TooManyRequestsException)/, wait],
  [/LimitExceeded$/, quota],
  [
    /^(AuthFailure|InvalidClientTokenId|UnrecognizedClientException|ExpiredToken|RequestExpired|SignatureDoesNotMatch)/,
    signIn,
  ],
  [/^(CredentialsProviderError|TokenProviderError)$/, signIn],
  [
    /^(UnauthorizedOperation|AccessDenied)/,
    { kind: 'not-ready', remedy: 'ask who runs the account for the rights in backends/aws/README.md' },
  ],
  [
    /^(VPCIdNotSpecified|DefaultVpc|MissingInput)/,
    { kind: 'usage', remedy: 'there is no default network: name a subnet with -b subnet=...' },
  ],
  [/^InvalidAMIID/, mistaken('image')],
  [/^InvalidSubnet/, mistaken('subnet')],
  [/^InvalidGroup/, mistaken('securityGroup')],
  [/^InvalidKeyPair/, mistaken('keyPair')],
  [/^(InvalidInstanceType|Unsupported$)/, mistaken('instanceType')],
];

const unreachable = [
  'ENOTFOUND',
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EAI_AGAIN',
  'TimeoutError',
];

/** Why a call failed, for people; what is no answer of the service is left as it is. */
export function explained(error: unknown, where: string): unknown {
  if (error instanceof ReproError || !(error instanceof Error) || error.name === 'AbortError') return error;
  const code = codeOf(error);
  const reason = reasonOf(error).replace(/\.$/, '');
  if (/^Region is missing/.test(reason)) {
    return new ReproError('usage', 'it is not known in which region of AWS', {
      remedy: 'name one with -b region=... or AWS_REGION',
    });
  }
  if (unreachable.includes(code)) {
    const remedy = 'see that this machine has a network, and what -b endpoint=... says';
    return new ReproError('not-ready', `EC2 cannot be reached: ${reason || code}`, { where, remedy, cause: error });
  }
  const advice = advices.find(([codes]) => codes.test(code))?.[1];
  if (!advice && !isAnswer(error)) return error;
  const { kind = 'step-failed', what, remedy } = advice ?? {};
  const message = what === undefined ? `EC2 refuses it: ${reason}` : `${what}: ${reason}`;
  return new ReproError(kind, `${message} (${code})`, { where, ...(remedy && { remedy }), cause: error });
}

/** What the service calls it, or the network does. */
function codeOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
}

/** Undefined where the service says that there is no such thing, or none any more. */
export async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Error && /\.NotFound$|Unavailable$/.test(codeOf(error))) return undefined;
    throw error;
  }
}

/** Whether a name is taken already. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof Error && /\.Duplicate$/.test(codeOf(error));
}

/** Whether the service itself refused, and so did nothing. */
export function isAnswer(error: unknown): boolean {
  return error instanceof ReproError || (error instanceof Error && '$fault' in error);
}
