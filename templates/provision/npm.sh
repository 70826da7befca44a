npm ci --ignore-scripts --no-audit --no-fund
mkdir -p -- @modules@
chown -R @owner@ node_modules
cp -a node_modules/. @modules@
