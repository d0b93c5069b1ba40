#!/bin/sh
# Makes a Linux guest of a few megabytes from this machine's Debian packages, for the tests of real machines: kernel,
# initrd and an empty disk in the folder that is given. The guest runs the user data of its seed disk as a shell
# script, shuts down when its power button is pressed, and says on its serial console what it does.
#
# Needs the packages linux-image-cloud-amd64, busybox-static and cpio.
set -eu
out=$1

release=$(ls /lib/modules | grep -- '-cloud-amd64$' | sort -V | tail -n 1)
modules=/lib/modules/$release/kernel
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

mkdir -p "$out" "$root/bin" "$root/modules" "$root/proc" "$root/sys" "$root/dev" "$root/seed" "$root/etc/acpi/PWRF"
cp /bin/busybox "$root/bin/busybox"

# In the order in which they are loaded.
for module in \
  drivers/virtio/virtio_ring drivers/virtio/virtio drivers/virtio/virtio_pci_modern_dev \
  drivers/virtio/virtio_pci_legacy_dev drivers/virtio/virtio_pci drivers/block/virtio_blk \
  drivers/cdrom/cdrom fs/isofs/isofs drivers/input/evdev drivers/acpi/button \
  drivers/misc/pvpanic/pvpanic drivers/misc/pvpanic/pvpanic-pci \
  net/core/failover drivers/net/net_failover drivers/net/virtio_net; do
  if [ -e "$modules/$module.ko" ]; then
    cp "$modules/$module.ko" "$root/modules/$(basename "$module").ko"
    echo "$(basename "$module")" >>"$root/modules/order"
  fi
done

cat >"$root/etc/acpi/PWRF/00000080" <<'SCRIPT'
#!/bin/sh
echo "guest: the power button was pressed" >/dev/console
sync
echo "guest: powering off" >/dev/console
poweroff -f
SCRIPT
chmod +x "$root/etc/acpi/PWRF/00000080"

cat >"$root/etc/udhcpc" <<'SCRIPT'
#!/bin/sh
if [ "$1" = bound ]; then
  ip address add "$ip/$mask" dev "$interface"
  echo "guest: address $ip" >/dev/console
fi
SCRIPT
chmod +x "$root/etc/udhcpc"

cat >"$root/init" <<'SCRIPT'
#!/bin/busybox sh
/bin/busybox mkdir -p /sbin /usr/bin /usr/sbin /tmp /var/log /var/run
/bin/busybox --install -s
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
while read -r module; do insmod "/modules/$module.ko"; done </modules/order
# Nothing reaches a disk unless somebody asks for it.
echo 0 >/proc/sys/vm/dirty_writeback_centisecs
for disk in /dev/vd?; do
  mount -t iso9660 -o ro "$disk" /seed 2>/dev/null && break
done
hostname "$(sed -n 's/^local-hostname: *//p' /seed/meta-data | tr -d '"')"
ip link set eth0 up 2>/dev/null
acpid
echo "guest: $(hostname) is up"
[ -e /seed/user-data ] && sh /seed/user-data
while true; do sleep 3600; done
SCRIPT
chmod +x "$root/init"

# Not compressed: that would cost the guest more than it saves.
(cd "$root" && find . | cpio --quiet -o -H newc) >"$out/initrd"
cp "/boot/vmlinuz-$release" "$out/kernel"
truncate -s 64M "$out/disk.raw"
