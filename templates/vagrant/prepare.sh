# Makes of a bare Debian system one that boots and that Vagrant can log in to. It runs inside the system, as root.
# https://developer.hashicorp.com/vagrant/docs/boxes/base
set -eu

useradd --create-home --shell /bin/bash vagrant
install -d -m 0700 -o vagrant -g vagrant /home/vagrant/.ssh
cat >/home/vagrant/.ssh/authorized_keys <<'END'
ssh-rsa AAAAB3NzaC1yc2EAAAABIwAAAQEA6NF8iallvQVp22WDkTkyrtvp9eWW6A8YVr+kz4TjGYe7gHzIw+niNltGEFHzD8+v1I2YJ6oXevct1YeS0o9HZyN1Q9qgCgzUFtdOKLv6IedplqoPkcmF0aYet2PkEDo3MlTBckFXPITAMzF8dJSIFo9D8HfdOV0IAdx4O7PtixWKn5y2hMNG0zQPyUecp4pzC6kivAIhyfHilFR61RGL+GPXQ2MWZWFYbAGjyiYJnAmCP3NOTd0jMZEnDkbUvxhMmBYSdETk1rRgm+R4LOzFUGaHqHDLKLX+FIPKcF96hrucXzcWyLbIbEgE98OHlnVYCzRdK8jlqm8tehUc9c9WhQ== vagrant insecure public key
END
chown vagrant:vagrant /home/vagrant/.ssh/authorized_keys
chmod 0600 /home/vagrant/.ssh/authorized_keys
echo 'vagrant ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/vagrant
chmod 0440 /etc/sudoers.d/vagrant

# Every machine makes an id and a host key of its own.
rm -f /etc/ssh/ssh_host_*
: >/etc/machine-id
key=/etc/ssh/ssh_host_ed25519_key
printf 'HostKey %s\nUseDNS no\n' "$key" >/etc/ssh/sshd_config.d/machine.conf
mkdir -p /etc/systemd/system/ssh.service.d
cat >/etc/systemd/system/ssh.service.d/key.conf <<END
[Service]
ExecStartPre=
ExecStartPre=/bin/sh -c 'test -s $key || ssh-keygen -q -t ed25519 -N "" -f $key'
ExecStartPre=/usr/sbin/sshd -t
END

# The name that /etc/hosts has: programs look up their machine's.
echo localhost >/etc/hostname
mkdir -p /etc/systemd/network
cat >/etc/systemd/network/80-machine.network <<'END'
[Match]
Type=ether

[Network]
DHCP=yes

[DHCPv4]
ClientIdentifier=mac
END
systemctl --quiet enable systemd-networkd ssh
systemctl --quiet mask e2scrub_reap.service systemd-networkd-wait-online.service

# The disk has one partition after its boot loader: see where it is made.
echo 'LABEL=root / ext4 errors=remount-ro 0 1' >/etc/fstab
for kernel in /boot/vmlinuz-*; do version=${kernel#/boot/vmlinuz-}; done
[ -e "/boot/initrd.img-$version" ] || update-initramfs -c -k "$version"
mkdir -p /boot/grub
cat >/boot/grub/grub.cfg <<END
linux /boot/vmlinuz-$version root=LABEL=root rw console=tty0 console=ttyS0
initrd /boot/initrd.img-$version
boot
END
grub-mkimage --format=i386-pc --prefix='(hd0,msdos1)/boot/grub' --output=/boot/grub/core.img \
  biosdisk part_msdos ext2 normal linux
cp /usr/lib/grub/i386-pc/boot.img /boot/grub/boot.img
