# Each was verified by its hash. What is newer here gives way.
rpm --upgrade --oldpackage --replacepkgs --replacefiles --nosignature --nodigest ./*.rpm
