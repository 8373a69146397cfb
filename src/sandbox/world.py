"""What programs find around them: standard output and error, and what Python's site module and the machine would add.

The interpreter loads this once, before prelude.py. Nothing here protects anything, because a program can change it. It
makes programs behave as they do elsewhere, and says in words what a program cannot have here.
"""

import _posixsubprocess
import _sitebuiltins
import _socket
import builtins
import ctypes
import errno
import faulthandler
import importlib._bootstrap
import importlib.machinery
import io
import os
import posix
import signal
import sys
import uuid

# The paths of the modules of the standard library and of packages begin with one of these.
_LIBRARIES = ("/usr/lib/python3", "/usr/packages/modules/")


# ---- standard output and standard error


class _Output(io.FileIO):
    """A standard stream without a buffer, so that nothing is lost when the run is killed or crashes."""

    def __init__(self, descriptor, name):
        super().__init__(descriptor, "w", closefd=False)
        self.name = name
        self.written = 0  # in bytes

    def seekable(self):
        return False  # FileIO would remember what the interpreter's own descriptor was

    def write(self, data, _write=io.FileIO.write):
        count = _write(self, data)
        if count is None:  # the program has made the descriptor non-blocking
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN), 0)
        self.written += count
        if count != len(data):  # a signal interrupted the call, or `data` is an array of numbers
            rest = memoryview(data).cast("B")[count:]
            return count + (self.write(rest) if rest else 0)
        return count


class _Errors(_Output):
    """Standard error, with the markers of src/sandbox/wire.h."""

    marked = 0

    def write(self, data):
        written = _output.written
        if written != self.marked:
            self.marked = written
            super().write(b"\x1e%d\x1f" % written)
        return super().write(data)


def _text(stream):
    return io.TextIOWrapper(stream, "utf-8", "backslashreplace", newline="\n", write_through=True)


_output = _Output(1, "<stdout>")
sys.stdout = sys.__stdout__ = _text(_output)
sys.stderr = sys.__stderr__ = _text(_Errors(2, "<stderr>"))


# Python's own print writes each of its values, and each blank between them, by itself. Without a buffer that is a system
# call for each, and between two of them another thread can write. This one writes a line as one piece: for three values
# it takes less than a third of the time.


def print(*values, sep=" ", end="\n", file=None, flush=False, _print=builtins.print, _stdout=sys.stdout):
    if file is None and sys.stdout is _stdout and type(sep) is type(end) is str:
        _stdout.write(sep.join(map(str, values)) + end)
    else:
        _print(*values, sep=sep, end=end, file=file, flush=flush)


print.__doc__ = builtins.print.__doc__
builtins.print = print


def flush():
    """Flushes what the program has put in the place of the standard streams. A closed one is no error."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass


def warm():
    """Does what printing does, without output."""
    _output.write(b"")
    flush()


# A program that crashes, and one that comes to its time limit, says in which line it is.
faulthandler.enable(2)
faulthandler.register(signal.SIGXCPU, 2, all_threads=True, chain=False)

# ---- names that the module site adds; it is not loaded, because it looks for the machine's configuration

builtins.quit = _sitebuiltins.Quitter("quit", "Ctrl-D (i.e. EOF)")
builtins.exit = _sitebuiltins.Quitter("exit", "Ctrl-D (i.e. EOF)")
builtins.help = _sitebuiltins._Helper()
builtins.copyright = _sitebuiltins._Printer("copyright", sys.copyright)
builtins.credits = _sitebuiltins._Printer("credits", "See www.python.org for more information.")
builtins.license = _sitebuiltins._Printer("license", "See https://www.python.org/psf/license/")

# ---- modules that are not here

importlib._bootstrap._ERR_MSG_PREFIX = "this site does not have "
importlib._bootstrap._ERR_MSG = importlib._bootstrap._ERR_MSG_PREFIX + "{!r}"

_OF_COMPILED = {"_dbm": "dbm.ndbm", "_gdbm": "dbm.gnu", "_curses_panel": "curses.panel"}


def _create_module(self, spec, _create=importlib.machinery.ExtensionFileLoader.create_module):
    try:
        return _create(self, spec)
    except ImportError as error:
        if "cannot open shared object file" not in str(error):
            raise
        name = _OF_COMPILED.get(spec.name, spec.name.removeprefix("_"))
        raise ModuleNotFoundError(f"this site does not have {name!r}", name=spec.name) from None


importlib.machinery.ExtensionFileLoader.create_module = _create_module

# ---- other programs and names of machines
#
# Some modules try to start other programs by themselves, for example to ask about the machine, and go on when that
# fails. These attempts must not count as attempts of the program. So they are refused here, before the system call. What
# the program asks for by itself is tried once, denied and counted.


def _is_the_librarys_own(*through):
    """Whether a module asks by itself. `through` are modules that only pass on what they are asked for."""
    frame = sys._getframe(2)
    while frame and frame.f_globals.get("__name__") in through:
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename.startswith(_LIBRARIES)


def _start_program(try_it):
    if try_it:
        try:
            if posix.fork() == 0:
                posix._exit(0)
        except OSError:
            pass
    raise PermissionError(errno.EPERM, "a program may not start other programs here")


def _fork_exec(*arguments, **options):
    _start_program(not _is_the_librarys_own("subprocess", "os"))


def _system(command):
    """Raises PermissionError: a program may not start other programs here."""
    _start_program(not _is_the_librarys_own("os"))


def _pidfd_open(pid, flags=0, _open=os.pidfd_open):
    """Returns a file descriptor that refers to the process pid."""
    if _is_the_librarys_own():  # asyncio tries it on itself before it starts a program (since Python 3.12)
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
    return _open(pid, flags)


_posixsubprocess.fork_exec = os.posix_spawn = os.posix_spawnp = _fork_exec
os.system = _system
os.pidfd_open = _pidfd_open

# libuuid would ask the network for an address of the machine. Python's own code uses a random number.
uuid._generate_time_safe = None


def _answer_own_name(answer, ask):
    """Answers a question about the machine's own name, which elsewhere is in /etc/hosts. Passes on all others."""

    def look_up(name, /):
        return answer(name) if name == os.uname().nodename else ask(name)

    look_up.__name__ = ask.__name__
    return look_up


_socket.gethostbyname = _answer_own_name(lambda name: "127.0.0.1", _socket.gethostbyname)
for _name in ("gethostbyname_ex", "gethostbyaddr"):
    setattr(_socket, _name, _answer_own_name(lambda name: (name, [], ["127.0.0.1"]), getattr(_socket, _name)))

# The files of the locale C.UTF-8 are not in a run's root. Here the C library reads them, and keeps them as long as an
# object of this locale exists. So locale.setlocale(locale.LC_ALL, "") works in runs.
_libc = ctypes.CDLL(None)
_libc.newlocale.restype = ctypes.c_void_p
_locale = _libc.newlocale(0x1FBF, b"C.UTF-8", None)  # 0x1fbf is LC_ALL_MASK
