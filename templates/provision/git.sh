git init --quiet --bare repository
for remote in @remotes@; do
  git -C repository fetch --quiet --depth 1 -- "$remote" @commit@ && break
done
mkdir -p -- @at@
git --git-dir=repository --work-tree=@at@ checkout --quiet --force @commit@ -- .
chown -R @owner@ -- @at@
