# Runs a program in a tree by proot, and ends as soon as that does, with its exit code. After seal.pl.
#
# The end of the program comes by a pipe, descriptor 9, for proot itself waits for all that the program leaves behind,
# and tells no signals. Those that it ignores go to its group, for nobody is begun in between; others to what it watches,
# never to it: it dies of some, and leaves its programs unwatched.
use strict;

my ($network, $terminal, $passed_on, $mark, $root, $program, $tell) = splice @ARGV, 0, 7;
my @passed_on = split /,/, $passed_on;
my @options = splice @ARGV, 0, shift;
sub in_tree { my ($path) = @_; -e "$root$path" || -l "$root$path" }
my @shell = in_tree('/bin/sh') ? ('/bin/sh', '-c', $tell, 'sh') : ();
# Nothing in the tree makes of the numbered variables what they hold.
if (!@shell || !in_tree('/usr/bin/env')) {
  my @carried = map { $ENV{"REPROMAN_$_"} } 0 .. $ENV{REPROMAN_COUNT} - 1;
  %ENV = map { /^([^=]*)=(.*)/s } @carried;
}
my $watcher = 0;
my $killed = 0;
my @streams = grep { /^(pipe|socket):/ } map { readlink "/proc/self/fd/$_" } 1, 2;
sub watched {
  return if !$watcher;
  my @pids;
  for my $file (glob '/proc/[0-9]*/status') {
    open(my $status, '<', $file) or next;
    push @pids, $file =~ /([0-9]+)/ if grep { /^TracerPid:\s+$watcher$/ } <$status>;
  }
  return @pids;
}
sub holds_stream {
  my %open = map { (readlink) // '' => 1 } map { glob "/proc/$_/fd/*" } watched();
  return grep { $open{$_} } @streams;
}
sub end_all { while (my @left = watched()) { kill 'KILL', @left; select undef, undef, undef, 0.01 } }
pipe my $from, my $to or die "$!\n";
# What comes before there is anything to be told waits for it: the shell itself would let it pass.
my @early;
my $begun = !@shell;
sub tell_all {
  my ($name) = @_;
  my @pids = $begun ? watched() : ();
  if (!@pids) { push @early, $name }
  else { kill $name, $name =~ /^(HUP|INT|TERM)$/ ? -$watcher : @pids }
}
for my $name (@passed_on) { $SIG{$name} = $terminal ? 'IGNORE' : sub { tell_all($name) } }
$SIG{ALRM} = sub { $killed = 1 };
$watcher = fork;
if (!$watcher) {
  setpgrp 0, 0 if !$terminal;
  $SIG{$_} = 'DEFAULT' for 'ALRM', @passed_on;
  POSIX::dup2(fileno $to, 9);
  seal($network);
  exec { $program } $mark, @options, @shell, @ARGV;
  print STDERR "$program: $!\n";
  POSIX::_exit(127);
}
close $to;
my $said = '';
while ($said !~ /[0-9]\n/) {
  end_all() if $killed;
  tell_all($_) for splice @early;
  vec(my $ready = '', fileno $from, 1) = 1;
  next if select($ready, undef, undef, $killed || @early ? 0.02 : 0.2) < 1;
  my $count = sysread $from, $said, 16, length $said;
  last if defined $count ? !$count : $! != POSIX::EINTR();
  $begun ||= $said ne '';
}
my ($end) = $said =~ /([0-9]+)\n/;
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
