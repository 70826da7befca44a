/** Extensions of what interpreters and compilers load as code. */
const codeExtension =
  /\.(?:py[cwxi]?|pyzw?|pth|egg(?:-link)?|whl|ipynb|pl|pm|t|sh|bash|zsh|ksh|fish|csh|awk|sed|jq|r|rprofile|so(?:\.[0-9.]+)?|dylib|rb|[cm]?[jt]sx?|node|wasm|jl|ji|rmd|qmd|lua|tcl|m|php|java|class|[jw]ar|a|o|la|go|rs|c|h|cc|hh|cpp|hpp|cxx|hxx|inc|f|for|f77|f90|f95|f03|f08|s|asm|hs|ml|mli|scala|clj|lisp|scm|el|d|zig|nim|pas|v|sv|vhd|cmake|mk|am|ac|m4|nf|wdl|cwl|smk|snakefile|stan|do)$/i;
const codeName =
  /^(?:Makefile|GNUmakefile|makefile|CMakeLists\.txt|Snakefile|Rakefile|Gemfile|Justfile|configure|Dockerfile|package\.json)$/;
/** What interpreters compile for themselves of the source beside it, and compile anew where it does not fit. */
const compiledExtension = /\.(?:py[co]|ji)$/;

export function hasCodeExtension(name: string): boolean {
  return codeExtension.test(name);
}

/** Whether a file of this name (without its folder) is code to an interpreter, a compiler or a build tool. */
export function isCodeName(name: string): boolean {
  return hasCodeExtension(name) || codeName.test(name);
}

/** The same without what is only kept so that it need not be compiled again. */
export function isSourceName(name: string): boolean {
  return isCodeName(name) && !compiledExtension.test(name);
}
