export DEBIAN_FRONTEND=noninteractive
for architecture in @architectures@; do dpkg --add-architecture "$architecture"; done
# What must be configured before another is unpacked may come after it: it is, when the others are asked for again.
install_packages() { dpkg --auto-deconfigure --force-confold --skip-same-version --install ./*.deb; }
install_packages || install_packages
