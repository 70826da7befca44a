import { passedOn, unheardLocale } from '../enter.js';

/** What enters a tree without namespaces: proot watches each system call by ptrace, and puts other paths in its place. */
export interface ProotPrograms {
  readonly perl: string;
  readonly proot: string;
}

/** The start of a command of the host that sees its user as root, and what is the user's as root's. */
export function asFakedRoot({ perl, proot }: ProotPrograms): string[] {
  return [perl, '-e', `${sealScript}seal('network'); exec { $ARGV[0] } @ARGV; exit 127`, '--', proot, ...quiet, '-0'];
}

/** Of the programs that end by a signal it tells otherwise. */
const quiet = ['-v', '-1'];

export interface Supervised {
  readonly network: boolean;
  /** It has the terminal, which tells all in its group of signals by itself. */
  readonly hasTerminal: boolean;
  /** In the list of processes, to know its own by. */
  readonly mark: string;
  readonly root: string;
  readonly options: readonly string[];
  /** Run by the tree's own shell, where it has one: its end is told by that. */
  readonly argv: readonly string[];
  /** Variables that shells set for themselves, as the program is to have them. */
  readonly variables: Readonly<Record<string, string>>;
}

/** A program in a tree, in the care of a process that ends as soon as that does, and with its exit code. */
export function supervised(supervised: Supervised, { perl, proot }: ProotPrograms): string[] {
  const { network, hasTerminal, mark, root, options, argv, variables } = supervised;
  const told = ['PWD', 'OLDPWD', 'SHLVL'].flatMap((name) => [`${name in variables ? 1 : 0}`, variables[name] ?? '']);
  return [
    ...[perl, '-e', `${sealScript}${superviseScript}`, '--'],
    ...[network ? 'network' : '', hasTerminal ? 'terminal' : '', mark, root, proot, tellScript, ...told],
    ...[String(quiet.length + 2 + options.length), ...quiet, '-r', root, ...options, ...argv],
  ];
}

/**
 * proot(1) knows the system calls of its day, and lets pass those that came later: they would see the host's files. So
 * there are none: programs do as on Linux 5.0, and without statx, renameat2, execveat and name_to_handle_at. Each
 * architecture has its own numbers below 424. Without a network there are no sockets of IP, not even to itself.
 * https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html
 */
const sealScript = `
use POSIX ();
sub seal {
  my ($network) = @_;
  my %known = (
    0xc000003e => { late => [332, 316, 322, 303], socket => 41 },
    0xc00000b7 => { late => [291, 276, 281, 264], socket => 198 },
    0x40000003 => { late => [383, 353, 358, 341, $network ? () : 102], socket => 359 },
  );
  my @refuse = (6, 0, 0, 0x50000 | 38);
  my @program = ([0x20, 0, 0, 4]);
  for my $arch (sort keys %known) {
    my @part = ([0x20, 0, 0, 0], [0x35, 0, 1, 424], [@refuse]);
    push @part, [0x15, 0, 1, $_], [@refuse] for @{ $known{$arch}{late} };
    push @part, [0x15, 0, 4, $known{$arch}{socket}], [0x20, 0, 0, 16], [0x15, 1, 0, 2], [0x15, 0, 1, 10],
      [6, 0, 0, 0x50000 | 97] if !$network;
    push @program, [0x15, 0, @part + 1, $arch], @part, [6, 0, 0, 0x7fff0000];
  }
  push @program, [6, 0, 0, 0x7fff0000];
  my $code = pack '(SCCL)*', map { @$_ } @program;
  my $filter = pack 'S x![P] P', scalar @program, $code;
  my $machine = (POSIX::uname())[4];
  my $prctl = { x86_64 => 157, aarch64 => 167 }->{$machine};
  if (!$prctl) { print STDERR "it is not known how on $machine\\n"; exit 126 }
  return if syscall($prctl, 38, 1, 0, 0, 0) == 0 && syscall($prctl, 22, 2, $filter) == 0;
  print STDERR "no filter of system calls can be set: $!\\n";
  exit 126;
}
`;

/**
 * The end of the program comes by a pipe, descriptor 9, for proot itself waits for all that the program leaves behind,
 * and tells no signals. Signals go to what it watches, never to it: it dies of some, and leaves its programs unwatched.
 */
const superviseScript = `
my ($network, $terminal, $mark, $root, $program, $tell) = splice @ARGV, 0, 6;
my @told = splice @ARGV, 0, 6;
my @options = splice @ARGV, 0, shift;
my @shell = -e "$root/bin/sh" || -l "$root/bin/sh" ? ('/bin/sh', '-c', $tell, 'sh', @told) : ();
delete $ENV{${unheardLocale}};
my $watcher = 0;
my $killed = 0;
my @streams = grep { /^(pipe|socket):/ } map { readlink "/proc/self/fd/$_" } 1, 2;
sub watched {
  return if !$watcher;
  my @pids;
  for my $file (glob '/proc/[0-9]*/status') {
    open(my $status, '<', $file) or next;
    push @pids, $file =~ /([0-9]+)/ if grep { /^TracerPid:\\s+$watcher$/ } <$status>;
  }
  return @pids;
}
sub holds_stream {
  my %open = map { (readlink) // '' => 1 } map { glob "/proc/$_/fd/*" } watched();
  return grep { $open{$_} } @streams;
}
sub end_all { while (my @left = watched()) { kill 'KILL', @left; select undef, undef, undef, 0.01 } }
pipe my $from, my $to or die "$!\\n";
# What comes before there is anything to be told waits for it.
my @early;
sub tell_all { my @pids = watched(); if (@pids) { kill $_, @pids for @_ } else { push @early, @_ } }
for my $name (split /,/, '${passedOn}') { $SIG{$name} = $terminal ? 'IGNORE' : sub { tell_all($name) } }
$SIG{ALRM} = sub { $killed = 1 };
$watcher = fork;
if (!$watcher) {
  setpgrp 0, 0 if !$terminal;
  $SIG{$_} = 'DEFAULT' for 'ALRM', split /,/, '${passedOn}';
  POSIX::dup2(fileno $to, 9);
  seal($network);
  exec { $program } $mark, @options, @shell, @ARGV;
  print STDERR "$program: $!\\n";
  POSIX::_exit(127);
}
close $to;
my $said = '';
while ($said !~ /\\n/) {
  end_all() if $killed;
  tell_all(splice @early) if @early;
  vec(my $ready = '', fileno $from, 1) = 1;
  next if select($ready, undef, undef, $killed || @early ? 0.02 : 0.2) < 1;
  my $count = sysread $from, $said, 16, length $said;
  last if defined $count ? !$count : $! != POSIX::EINTR();
}
my ($end) = $said =~ /^([0-9]+)\\n/;
if (defined $end) {
  # The watcher has our streams itself: whoever reads them must not wait for those who do not write there.
  for (my $pause = 0.002; !$terminal && !$killed && holds_stream(); $pause *= 2) { select undef, undef, undef, $pause < 0.1 ? $pause : 0.1 }
  end_all() if $killed || !$terminal;
  exit $end if !$killed;
}
until (waitpid($watcher, POSIX::WNOHANG()) == $watcher) {
  end_all() if $killed;
  select undef, undef, undef, 0.02;
}
my $code = $?;
kill 'KILL', $$ if $killed;
exit($code >> 8 || ($code ? 255 : 0));
`;

/**
 * By the tree's shell. Of three variables each two arguments: whether it is there, and as what. What the shell says
 * itself of a program that was killed is for nobody.
 */
const tellScript = `
trap : HUP INT QUIT TERM USR1 USR2
exec 8>&2 2>/dev/null
(
  exec 2>&8 8>&- 9>&-
  give() { if [ "$2" = 1 ]; then eval "$1=\\$3; export $1"; else unset "$1"; fi; }
  give PWD "$1" "$2"
  give OLDPWD "$3" "$4"
  give SHLVL "$5" "$6"
  shift 6
  exec "$@"
)
echo $? >&9
`;
