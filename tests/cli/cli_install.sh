# SPDX-License-Identifier: Apache-2.0
# What cmake --install puts where, and that it works from there.
BUILD=$4 CMAKE=$5
. "$(dirname "$0")/common.sh"
expect 0 "$CMAKE" --install "$BUILD" --prefix "$work/usr"
for file in bin/weir share/man/man1/weir.1 share/man/man5/weir-scenario.5 share/bash-completion/completions/weir share/zsh/site-functions/_weir \
    share/fish/vendor_completions.d/weir.fish; do
    [ -s "usr/$file" ] || complain "not installed: $file"
done
expect 0 usr/bin/weir help --man weir.1
cmp out usr/share/man/man1/weir.1 || complain "the installed page is not that of the installed program"
expect 0 usr/bin/weir completion zsh
cmp out usr/share/zsh/site-functions/_weir || complain "the installed completions are not those of the installed program"
exit $FAILED
