"""What surrounds every program: the API in its globals, and how it is executed. The interpreter loads this once."""

import atexit
import base64
import gc
import importlib
import json
import linecache
import os
import sys
import threading
import traceback
import types
import warnings

import zoobar_world

# The modules that programs use most are loaded here, once, so that runs need not load them. Each module costs every run
# a little time, because its memory pages are copied when the run begins and freed when it ends. Runs load other modules
# themselves.
import collections.abc, contextlib, datetime, functools, html, io, itertools, math, random, re, string, struct, time  # noqa

# These modules need shared libraries of the machine. A run could not load them, because its root has no such libraries.
import bz2, ctypes, hashlib, lzma, sqlite3, ssl, uuid, xml.etree.ElementTree  # noqa
if sys.version_info < (3, 13):  # which has no crypt any more
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import crypt  # noqa

_SOCKET = 3
_LENGTH = struct.Struct("<I")
_MOST = 65536  # the most bytes that a request may have


class ApiError(Exception):
    """The API refused a call; the text says why."""


class Api(types.ModuleType):
    """The calls of a program: api.call(name, **arguments), or a method of the same name.

    It is a module too, so that programs can write `import api` or `from api import call`.

    Nothing here protects anything: a program may change this code, or write to the socket itself. The role profile, at
    the other end of the socket, decides what the program may do.
    """

    ApiError = ApiError

    def __init__(self):
        super().__init__("api", Api.__doc__)
        self.__all__ = ["ApiError", *(name for name, call in vars(Api).items() if name[0] != "_" and callable(call))]
        self._lock = threading.Lock()  # all threads together make one call at a time

    def call(self, name, **arguments):
        request = json.dumps({**arguments, "call": name}, ensure_ascii=False, allow_nan=False).encode()
        if len(request) > _MOST:
            raise ApiError(f"a call has at most {_MOST} bytes, not {len(request)}")
        with self._lock:
            _write(_LENGTH.pack(len(request)) + request)
            reply = json.loads(_read(_LENGTH.unpack(_read(_LENGTH.size))[0]))
        if "error" in reply:
            raise ApiError(reply["error"])
        return base64.b64decode(reply["base64"]) if "base64" in reply else reply["value"]

    # Members and zoobars.

    def get_self(self):
        return self.call("get_self")

    def get_visitor(self):
        return self.call("get_visitor")

    def get_user_info(self, username):
        return self.call("get_user_info", username=username)

    def get_xfers(self, username):
        return self.call("get_xfers", username=username)

    def xfer(self, target, zoobars):
        return self.call("xfer", target=target, zoobars=zoobars)

    # Calls for what members open to each other. If username is None, a call is about the owner of the program. `to` and
    # `senders` are a list of names or "everybody". An empty list closes what was open.

    def get_visits(self, username=None, limit=None):
        return self.call("get_visits", username=username, limit=limit)

    def share_visits(self, to):
        return self.call("share_visits", to=to)

    def get_wall(self, username=None, limit=None):
        return self.call("get_wall", username=username, limit=limit)

    def post(self, text, username=None):
        return self.call("post", text=text, username=username)

    def remove_post(self, number, username=None):
        return self.call("remove_post", number=number, username=username)

    def open_wall(self, to):
        return self.call("open_wall", to=to)

    def send_message(self, to, text):
        return self.call("send_message", to=to, text=text)

    def get_messages(self, limit=None):
        return self.call("get_messages", limit=limit)

    def remove_message(self, number):
        return self.call("remove_message", number=number)

    def accept_messages(self, senders):
        return self.call("accept_messages", senders=senders)

    def share_file(self, path, to):
        return self.call("share_file", path=path, to=to)

    def list_shared(self, username=None):
        return self.call("list_shared", username=username)

    def get_shared(self, username, path):
        return self.call("get_shared", username=username, path=path)

    def get_sharing(self):
        return self.call("get_sharing")


def _write(data):
    while data:
        data = data[os.write(_SOCKET, data):]


def _read(size):
    data = b""
    while len(data) < size:
        piece = os.read(_SOCKET, size - len(data))
        if not piece:
            raise ApiError("the connection to the API was closed")
        data += piece
    return data


def load_compiled():
    """Loads all compiled modules, for runs on a scratch: they cannot map code from their root."""
    folder = f"/usr/lib/python3.{sys.version_info.minor}/lib-dynload"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        for file in sorted(os.listdir(folder)):
            with contextlib.suppress(ImportError):
                if not file.startswith(("_test", "_ctypes_test", "_xx", "xx")):
                    importlib.import_module(file.partition(".")[0])


def warm():
    """Does what every run does. A run calls this before it has its program, to get its own copies of the pages."""
    # An empty text is written to the pipe as a call of no bytes, which nobody sees.
    _execute("import time\nprint(f'{time.time()}'[:0], end='')\nfor _ in range(2):\n    {}.get('')\n")
    zoobar_world.warm()
    sys.modules.pop("__main__", None)


def run(source):
    """Runs a program as __main__. Returns the exit status: 0, or 1 if a text on standard error says what went wrong."""
    status = 0
    try:
        _execute(source)
    except SystemExit as end:
        status = _say_why(end.code)
    except BaseException as error:
        status = 1
        _report(error)
    try:
        threading._shutdown()
        atexit._run_exitfuncs()
        _let_go()
    except BaseException as error:
        status = 1
        _report(error)
    zoobar_world.flush()
    return status


def _execute(source):
    api = sys.modules["api"] = Api()
    main = types.ModuleType("__main__")
    main.__dict__.update(api=api, ApiError=ApiError, __builtins__=__builtins__)
    sys.modules["__main__"] = main
    sys.argv = ["profile"]
    linecache.cache["profile"] = (len(source), None, source.splitlines(True), "profile")
    exec(compile(source, "profile", "exec", dont_inherit=True), main.__dict__)


def _say_why(code):
    """Does what Python does with the argument of sys.exit, but a number does not make the run a failure."""
    if code is None or isinstance(code, int):
        return 0
    zoobar_world.flush()
    with contextlib.suppress(Exception):
        print(code, file=sys.stderr)
    return 1


def _write_open_files():
    for file in gc.get_objects():
        if type(file) is io.TextIOWrapper and not file.closed:
            with contextlib.suppress(Exception):
                file.flush()


def _let_go():
    """Ends the program's objects as Python does at its end. First it writes what files that are still open hold."""
    _write_open_files()
    sys.modules.pop("__main__", None)
    # Only a long run has objects of the oldest generation. Without them a collection of the younger ones finds the same,
    # and it does not touch the memory of all free objects.
    gc.collect(2 if gc.get_count()[2] else 1)


def _report(error):
    zoobar_world.flush()
    try:
        trace = error.__traceback__
        # Leave out the frames of this file, which are above the program's own.
        while trace and trace.tb_frame.f_globals is globals():
            trace = trace.tb_next
        traceback.print_exception(type(error), error, trace, file=sys.stderr)
    except BaseException:
        os.write(2, type(error).__name__.encode() + b"\n")


threading.stack_size(1 << 20)  # threads share the run's memory limit
