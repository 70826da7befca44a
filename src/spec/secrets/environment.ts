import { isSecretName, looksSecret, maskText } from './mask.js';

export interface FilteredEnvironment {
  readonly environment: Readonly<Record<string, string>>;
  /** How many variables were left out. */
  readonly leftOut: number;
  /** Names of kept variables whose value was masked. */
  readonly masked: readonly string[];
  /** Values of variables with secret names: to be hidden wherever else they turn up. Never written. */
  readonly secrets: readonly string[];
}

/** Variables that change what programs compute and have no place for a secret. */
const allowedNames = new Set(
  `PATH HOME USER LOGNAME SHELL PWD OLDPWD TERM LANG LANGUAGE TZ TMPDIR COLUMNS LINES NO_COLOR POSIXLY_CORRECT IFS BASH_ENV ENV
  LD_LIBRARY_PATH LD_PRELOAD LIBRARY_PATH CPATH C_INCLUDE_PATH CPLUS_INCLUDE_PATH PKG_CONFIG_PATH
  CC CXX FC F77 AR AS LD CFLAGS CXXFLAGS CPPFLAGS FFLAGS FCFLAGS LDFLAGS MAKEFLAGS SOURCE_DATE_EPOCH DEB_BUILD_OPTIONS
  PERL5LIB PERL5OPT PERLLIB PERL_HASH_SEED PERL_PERTURB_KEYS RUBYLIB RUBYOPT GEM_HOME GEM_PATH BUNDLE_GEMFILE
  NODE_PATH NODE_ENV NODE_OPTIONS NVM_DIR PYENV_ROOT PYENV_VERSION VIRTUAL_ENV CONDA_PREFIX CONDA_DEFAULT_ENV
  JAVA_HOME CLASSPATH GOROOT GOPATH GOFLAGS CARGO_HOME RUSTUP_HOME RUSTUP_TOOLCHAIN JULIA_LOAD_PATH JULIA_DEPOT_PATH
  JULIA_NUM_THREADS R_HOME R_LIBS R_LIBS_USER R_LIBS_SITE R_PROFILE R_PROFILE_USER R_ENVIRON R_ENVIRON_USER
  R_DEFAULT_PACKAGES R_MAX_VSIZE MATPLOTLIBRC MPLBACKEND MPLCONFIGDIR XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME
  XDG_CONFIG_DIRS XDG_DATA_DIRS MODULEPATH LOADEDMODULES _LMFILES_ MODULESHOME CUDA_VISIBLE_DEVICES
  CUBLAS_WORKSPACE_CONFIG TF_DETERMINISTIC_OPS GLIBC_TUNABLES VECLIB_MAXIMUM_THREADS FSLDIR FREESURFER_HOME
  SUBJECTS_DIR DEBIAN_FRONTEND GREP_COLORS LS_COLORS AWKPATH AWKLIBPATH BC_ENV_ARGS GIT_CONFIG_NOSYSTEM LESSCHARSET
  SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE NODE_EXTRA_CA_CERTS GIT_SSL_CAINFO PIP_CERT`.split(
    /\s+/,
  ),
);
const allowedPrefixes = /^(?:LC|PYTHON|OMP|GOMP|KMP|MKL|OPENBLAS|BLIS|GOTO|NUMEXPR|MALLOC|NUMBA|ITK)(?:_|[A-Z])/;

/** Keeps the variables that a re-run needs, by allow-list; `added` names more of them. */
export function filterEnvironment(
  environment: Readonly<Record<string, string>>,
  added: readonly string[] = [],
): FilteredEnvironment {
  const kept: Record<string, string> = {};
  const masked: string[] = [];
  const secrets: string[] = [];
  let leftOut = 0;
  for (const [name, value] of Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (holdsSecret(name, value)) secrets.push(value, asBytes(value));
    if (!added.includes(name) && !isAllowed(name)) {
      leftOut += 1;
      continue;
    }
    const shown = maskText(value);
    if (shown !== value) masked.push(name);
    kept[name] = shown;
  }
  return { environment: kept, leftOut, masked, secrets: [...new Set(secrets)].sort((a, b) => b.length - a.length) };
}

function isAllowed(name: string): boolean {
  return (allowedNames.has(name) || allowedPrefixes.test(name)) && !isSecretName(name);
}

/** Long enough to be found elsewhere by its value without hitting ordinary words. */
function holdsSecret(name: string, value: string): boolean {
  if (value.length < 6 || value.startsWith('/')) return false;
  return isSecretName(name) || (looksSecret(value) && !/\s/.test(value) && !value.includes('://'));
}

/** The latin1 view of the value, which is how processes' arguments are held. */
function asBytes(value: string): string {
  return Buffer.from(value, 'utf8').toString('latin1');
}
