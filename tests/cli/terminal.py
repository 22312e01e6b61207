# SPDX-License-Identifier: Apache-2.0
"""A program on a terminal: a pseudo-terminal, and what would be on its screen."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

ESCAPE = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")


class Screen:
    """Understands what weir may send: text, CR, LF, clearing to the end, colours. Anything else is an error."""

    def __init__(self, columns):
        self.columns, self.rows, self.row, self.column = columns, [""], 0, 0

    def line_feed(self):
        self.row += 1
        if self.row == len(self.rows):
            self.rows.append("")

    def put(self, c):
        if self.column == self.columns:
            self.column = 0
            self.line_feed()
        row = self.rows[self.row].ljust(self.column)
        self.rows[self.row] = row[: self.column] + c + row[self.column + 1 :]
        self.column += 1

    def feed(self, text):
        i = 0
        while i < len(text):
            c = text[i]
            if c == "\x1b":
                found = ESCAPE.match(text, i)
                assert found, f"an escape of another kind: {text[i : i + 10]!r}"
                i = found.end()
                assert found.group(2) in "Jm", found.group(0)
                if found.group(2) == "J":
                    assert found.group(1) == ""
                    self.rows[self.row] = self.rows[self.row][: self.column]
                    del self.rows[self.row + 1 :]
                continue
            i += 1
            if c == "\r":
                self.column = 0
            elif c == "\n":
                self.line_feed()
            else:
                assert c >= " ", f"a control character: {c!r}"
                self.put(c)

    def text(self):
        return "\n".join(row.rstrip() for row in self.rows).rstrip("\n")


class Terminal:
    def __init__(self, argv, columns=80, env=None, stdout=None):
        own = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "CLICOLOR_FORCE", "CI", "COLUMNS")}
        own.update({"TERM": "xterm", "LC_ALL": "C"}, **(env or {}))
        self.columns, self.raw = columns, ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # The terminal has its size before the program begins.
            self.fd = 0
            self.resize(columns)
            if stdout:
                os.dup2(os.open(stdout, os.O_WRONLY | os.O_CREAT, 0o644), 1)
            os.execvpe(argv[0], argv, own)

    def resize(self, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.columns = columns

    def read(self, timeout):
        if not select.select([self.fd], [], [], timeout)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return None
        self.raw += data.decode(errors="replace")
        return True if data else None

    def until(self, what, timeout=60):
        """Reads until `what` (a function of everything so far) holds."""
        end = time.monotonic() + timeout
        while not what(self.raw):
            if time.monotonic() > end:
                os.kill(self.pid, signal.SIGKILL)
                raise AssertionError(f"nothing of that sort came: {self.raw!r}")
            assert self.read(0.2) is not None, f"it ended before: {self.raw!r}"

    def type(self, text):
        os.write(self.fd, text.encode())

    def finish(self, timeout=120):
        end = time.monotonic() + timeout
        while self.read(0.2) is not None:
            if time.monotonic() > end:
                os.kill(self.pid, signal.SIGKILL)
                raise AssertionError("it does not end")
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def screen(self):
        screen = Screen(self.columns)
        screen.feed(self.raw)
        return screen.text()

    def drawn(self):
        """The status lines in the order in which they were drawn."""
        return re.findall(r"\r([^\r\n\x1b]+)\x1b\[J\r", self.raw)
