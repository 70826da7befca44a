# Once we are gone: what is still watched in the session is killed, and not who watches it, whose programs would go on
# without. proot ends with the last.
use strict;

my ($session, $copy) = @ARGV;
1 while sysread STDIN, my $said, 65536;
sub content { open(my $file, '<', $_[0]) or return ''; local $/; my $all = <$file>; defined $all ? $all : '' }
for (;;) {
  my @pids = map { m{([0-9]+)} } glob '/proc/[0-9]*';
  my %watchers = map { $_ => 1 } grep { index(content("/proc/$_/cmdline"), "$session/proot\0") == 0 } @pids;
  last if !%watchers;
  my @watched = grep { content("/proc/$_/status") =~ /^TracerPid:\s+([0-9]+)$/m && $watchers{$1} } @pids;
  kill 'KILL', @watched;
  select undef, undef, undef, 0.02;
}
exec 'rm', '-rf', '--one-file-system', '--', $session if $copy eq '';
