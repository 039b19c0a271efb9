# Holds connections that say nothing, or one byte of a TLS record each second. A thousand are opened in a second, each again 10 s after the
# server has closed it. Usage: perl flood.pl COUNTS SILENT TRICKLING ADDRESS,PORT...
# COUNTS is a file that always has two numbers: the connections that the server holds now, and those that it has refused or closed so far.
use strict;
use warnings;
use Fcntl qw(F_SETFL O_NONBLOCK);
use Socket qw(:all);

# Seconds since the boot, to a hundredth: a bare host has no Time::HiRes.
sub now {
    open(my $uptime, "<", "/proc/uptime") or die "/proc/uptime: $!\n";
    return (split / /, <$uptime>)[0];
}

$SIG{PIPE} = "IGNORE";
my ($file, $silent, $trickling, @servers) = @ARGV;
my @addresses = map {
    my ($address, $port) = split /,/;
    my ($error, $found) = getaddrinfo($address, $port, { flags => AI_NUMERICHOST, socktype => SOCK_STREAM });
    die "$address: $error\n" if $error;
    $found;
} @servers;
my $begin = now();
# In the order of time: ten seconds are longer than it takes to open all of them.
my @due = map { [$begin + $_ / 1000, $_ % @addresses, $_ < $trickling] } 0 .. $silent + $trickling - 1;
my (%open, $held, $closed);
$held = $closed = 0;

sub closed {
    my ($descriptor) = @_;
    my $ended = delete $open{$descriptor};
    $closed++;
    $held-- if $ended->{connected};
    close $ended->{socket};
    push @due, [now() + 10, $ended->{server}, $ended->{trickles}];
}

my $second = 0;
while (1) {
    my $now = now();
    while (@due && $due[0][0] <= $now) {
        my (undef, $server, $trickles) = @{ shift @due };
        my $to = $addresses[$server];
        socket(my $socket, $to->{family}, SOCK_STREAM, IPPROTO_TCP) or die "socket: $!\n";
        fcntl($socket, F_SETFL, O_NONBLOCK) or die "fcntl: $!\n";
        connect($socket, $to->{addr});
        $open{ fileno $socket } = { socket => $socket, server => $server, trickles => $trickles, connected => 0 };
    }
    my ($readers, $writers) = ("", "");
    for my $descriptor (keys %open) {
        vec($readers, $descriptor, 1) = 1;
        vec($writers, $descriptor, 1) = 1 unless $open{$descriptor}{connected};
    }
    select($readers, $writers, undef, 0.02);
    for my $descriptor (keys %open) {
        my $each = $open{$descriptor};
        if (vec($writers, $descriptor, 1)) {
            if (unpack("i", getsockopt($each->{socket}, SOL_SOCKET, SO_ERROR))) {
                closed($descriptor);
                next;
            }
            $each->{connected} = 1;
            $held++;
        }
        # What the server says, such as an alert of TLS, is thrown away.
        closed($descriptor) if vec($readers, $descriptor, 1) && !sysread($each->{socket}, my $said, 4096);
    }
    next if int($now) == $second;
    $second = int($now);
    for (values %open) { syswrite($_->{socket}, "\x16") if $_->{trickles} && $_->{connected} }
    open(my $counts, ">", "$file.new") or die "$file.new: $!\n";
    print $counts "$held $closed\n";
    close $counts;
    rename("$file.new", $file) or die "$file: $!\n";
}
