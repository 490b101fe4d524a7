#!/usr/bin/env bash
# make_versions.sh DIR PROGRAM: a version manager in DIR that does for `python3` what pyenv does, and as it does: scripts of bash that ask one another. The
# script first on PATH calls the manager, which asks itself where a version is named (.python-version here or above, else DIR/version), which
# version that is, and where its program is; then it puts that version on PATH and becomes the program. Nothing of pyenv's is copied; left out are its
# hooks and what it does for several versions at once, so this one is the faster.
set -eu
dir=$1
mkdir -p "$dir/shims" "$dir/libexec" "$dir/versions/1/bin"
ln -sf "$2" "$dir/versions/1/bin/python3"
echo 1 >"$dir/version"

script() { # NAME: the text on stdin
    { printf '#!/usr/bin/env bash\nset -e\n' && cat; } >"$dir/$1"
    chmod 755 "$dir/$1"
}

script shims/python3 <<E1
export VERSIONS_ROOT='$dir'
exec "\$VERSIONS_ROOT/libexec/manager" exec "\${0##*/}" "\$@"
E1
script libexec/manager <<'E1'
export VERSIONS_DIR=${VERSIONS_DIR:-$PWD}
PATH=$VERSIONS_ROOT/libexec:$PATH
command=$1
shift
exec "manager-$command" "$@"
E1
script libexec/manager-version-file <<'E1'
dir=$VERSIONS_DIR
while [ -n "$dir" ]; do
    if [ -s "$dir/.python-version" ]; then
        echo "$dir/.python-version"
        exit
    fi
    dir=${dir%/*}
done
echo "$VERSIONS_ROOT/version"
E1
script libexec/manager-version-name <<'E1'
read -r version <"$(manager-version-file)"
[ -d "$VERSIONS_ROOT/versions/$version" ]
echo "$version"
E1
script libexec/manager-which <<'E1'
version=$(manager-version-name)
[ -x "$VERSIONS_ROOT/versions/$version/bin/$1" ]
echo "$VERSIONS_ROOT/versions/$version/bin/$1"
E1
script libexec/manager-exec <<'E1'
version=$(manager-version-name)
program=$(manager-which "$1")
shift
export PATH=$VERSIONS_ROOT/versions/$version/bin:$PATH
exec "$program" "$@"
E1
