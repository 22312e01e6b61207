# SPDX-License-Identifier: Apache-2.0
"""ask_zsh.py COMPLETIONS FILE: what an interactive zsh offers at the end of each of the file's lines: "LINE-NUMBER WORD"."""
import os
import shutil
import sys
import tempfile

from terminal import Terminal

# compadd is where every match passes: it is asked for those that fit, which are written down. Other uses of it (into
# arrays) are the completion system's own.
ZSHRC = r"""
unset HISTFILE
PS1=
autoload -U compinit
compinit -D -u
source $COMPLETIONS
compadd() {
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
        builtin compadd "$@"
        return
    fi
    local -a hits prefix hidden flags_f rest
    builtin compadd -A hits "$@"
    rest=("$@")
    zparseopts -D -E -a rest P:=prefix p:=hidden f=flags_f S: s: i: I: W: X: x: J: V: M: F: r: R: d: l o: n k a q e U 1 2 C Q
    local hit
    for hit in $hits; do
        [[ -n $flags_f && -d $hidden[2]$hit ]] && hit+=/
        print -r -- $asked ${${IPREFIX}#--*=}$prefix[2]$hidden[2]$hit >>$OFFERED
    done
    builtin compadd "$@"
}
lines=("${(@f)$(<$LINES_ASKED)}")
asked=0
zle-line-init() {
    ((asked++))
    if ((asked > $#lines)); then
        BUFFER=exit
    else
        BUFFER=$lines[asked]
        CURSOR=$#BUFFER
        zle list-choices
        BUFFER=
    fi
    zle accept-line
}
zle -N zle-line-init
"""

home = tempfile.mkdtemp()
try:
    with open(home + "/.zshrc", "w") as out:
        out.write(ZSHRC)
    offered = home + "/offered"
    open(offered, "w").close()
    t = Terminal(["zsh", "-d", "-i"], 80, {"ZDOTDIR": home, "COMPLETIONS": os.path.realpath(sys.argv[1]), "LINES_ASKED": os.path.realpath(sys.argv[2]),
                                           "OFFERED": offered, "TERM": "xterm"})
    t.finish(60)
    sys.stdout.write("".join(sorted(set(open(offered)))))
finally:
    shutil.rmtree(home)
