#!/usr/bin/env bash
# Every script of ours through shellcheck: `shell.sh [ROOT]`.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"
scripts=()
while IFS= read -r -d '' file; do
    if [[ $file == *.bats ]] || head -c 64 "$file" | grep -qaE '^#! ?/(usr/bin/env |bin/)(ba)?sh'; then scripts+=("$file"); fi
done < <(find . -path ./.git -prune -o -path ./build -prune -o -type f \( -name '*.sh' -o -name '*.bash' -o -name '*.bats' -o -perm -u+x \) -print0)
[ "${#scripts[@]}" -gt 0 ] || exit 0
# bats ends a test at the first failing command, a cd included, and sets variables from outside.
exec shellcheck --severity=warning --external-sources --exclude=SC2164,SC2153 "${scripts[@]}"
