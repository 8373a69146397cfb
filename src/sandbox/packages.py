# The part of prelude.py for modules of Debian packages (confine/packages.h) and for pictures. CMake puts it behind
# prelude.py; both are one module.

_PACKAGES = "/usr/packages"
_FIRST_FREE = 5  # the interpreter has the descriptors below this one (wire.h)

# These libraries compute with several threads if they may. A run has few threads and little memory, and the interpreter
# must have only one thread when it starts a run.
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "NUMEXPR_NUM_THREADS")

# Parts of packages that `import NAME` does not load and that programs use most.
_PARTS = {
    "numpy": ("numpy.random", "numpy.linalg", "numpy.fft"),
    "PIL": ("PIL.Image", "PIL.ImageDraw", "PIL.ImageFont", "PIL.PngImagePlugin", "PIL.JpegImagePlugin"),
    "matplotlib": ("matplotlib.pyplot", "matplotlib.figure", "matplotlib.dates", "matplotlib.backends.backend_agg"),
}


def load_packages():
    """Makes the packages importable, and loads those that the operator wants to be loaded before any run."""
    os.environ.pop("LD_LIBRARY_PATH", None)
    # Debian's matplotlib reads its settings in /etc, which runs do not have. These are the same settings.
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"), MPLBACKEND="Agg", MPLCONFIGDIR="/run/matplotlib",
                      MATPLOTLIBRC="/usr/share/matplotlib/mpl-data/matplotlibrc")
    sys.path.append(_PACKAGES + "/modules")
    sys.meta_path.insert(0, _PackageFinder)
    with open(_PACKAGES + "/warm") as file:
        names = file.read().split()
    for name in names:
        try:
            _load(name)
        except BaseException as error:
            print(f"interpreter: {name} cannot be loaded beforehand: {error!r}", file=sys.stderr)
        _check_descriptors(name)
        if threading.active_count() != 1:
            # A run has no copy of this thread, and would wait for ever for a lock that the thread held.
            print(f"interpreter: {name} left a thread running; list it without warm_packages", file=sys.stderr)
    if "numpy.random" in sys.modules:
        os.register_at_fork(after_in_child=_seed_numpy)
    os.environ["MPLCONFIGDIR"] = os.environ["TMPDIR"] + "/matplotlib"


def _seed_numpy():
    """Seeds numpy's global generator anew; otherwise all runs would begin with the same random numbers. All 624 words of
    its state come from the kernel. numpy.random.seed() takes nearly three times as long."""
    numpy = sys.modules["numpy"]
    numpy.random.set_state(("MT19937", numpy.frombuffer(os.urandom(624 * 4), numpy.uint32), 624))


def _check_descriptors(name):
    """Complains if a module has left a file open. Runs close it, and then the module might use a wrong one."""
    gc.collect()
    for descriptor in range(_FIRST_FREE, 64):
        with contextlib.suppress(OSError):
            os.fstat(descriptor)
            os.close(descriptor)
            print(f"interpreter: {name} left descriptor {descriptor} open", file=sys.stderr)


def _load(name):
    for module in (name, *_PARTS.get(name, ())):
        importlib.import_module(module)
    if name == "matplotlib":
        # Drawing once fills matplotlib's caches. It also finds the fonts.
        from matplotlib import pyplot
        figure, axes = pyplot.subplots()
        axes.plot([1, 2], [3, 4], label="a")
        axes.set_title("a")
        axes.legend()
        figure.savefig(io.BytesIO(), format="png")
        pyplot.close("all")
        # Each font keeps its file open. A run closes all files that the interpreter has left open.
        sys.modules["matplotlib.font_manager"]._get_font.cache_clear()
        # The folder that matplotlib has used until now does not exist in runs.
        sys.modules["matplotlib"].get_configdir = sys.modules["matplotlib"].get_cachedir = _settings_folder


def _settings_folder():
    """Makes the folder in which matplotlib keeps its list of fonts. It is in the temporary folder, so it is not kept."""
    folder = os.environ["MPLCONFIGDIR"]
    os.makedirs(folder, exist_ok=True)
    return folder


class _PackageFinder:
    """Makes matplotlib's folder when matplotlib is imported in a run. All modules are found as usual."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "matplotlib":
            _settings_folder()
        return None


# Pictures.

# A run prints at most 64 KiB by default (profile.output_bytes). All pictures together may take this many bytes of it.
_MOST_OF_PICTURES = 65536 - 1024
_shown = 0  # bytes of the pictures that this run has printed

_SIGNATURES = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF8", "gif"), (b"RIFF", "webp"),
               (b"<", "svg+xml"))


def _fits(data):
    return _shown + len(data) * 4 / 3 + 4 < _MOST_OF_PICTURES


def _saved(image, **how):
    file = io.BytesIO()
    image.save(file, **how)
    return file.getvalue()


def _first_that_fits(attempts):
    """Calls the functions until one returns bytes that fit. Returns these bytes, or the last ones."""
    for attempt in attempts:
        data = attempt()
        if _fits(data):
            break
    return data


def _drawn(figure, part):
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=figure.dpi * part, metadata={"Software": None})
    return file.getvalue()


def _with_few_colours(data):
    from PIL import Image
    return _saved(Image.open(io.BytesIO(data)).convert("RGB").quantize(128), format="PNG", optimize=True)


def _picture_of_figure(figure):
    title = figure._suptitle.get_text() if figure._suptitle else ""
    title = title or next((axes.get_title() for axes in figure.axes if axes.get_title()), "chart")
    return title, _first_that_fits((lambda: _drawn(figure, 1), lambda: _with_few_colours(_drawn(figure, 1)),
                                    lambda: _with_few_colours(_drawn(figure, 0.6))))


def _picture_of_image(image):
    return "picture", _first_that_fits((lambda: _saved(image, format="PNG", optimize=True),
                                        lambda: _saved(image.convert("RGB"), format="JPEG", quality=80),
                                        lambda: _saved(image.convert("RGB"), format="JPEG", quality=50)))


def _show(self, picture=None, alt=None):
    """Prints a picture: a matplotlib figure (None: the current one), a PIL image, or the bytes of a PNG, JPEG, GIF,
    WebP or SVG file. `alt` is the text for readers who cannot see it."""
    global _shown
    if picture is None and "matplotlib.pyplot" in sys.modules:
        picture = sys.modules["matplotlib.pyplot"].gcf()
    if hasattr(picture, "figure") and not hasattr(picture, "savefig"):
        picture = picture.figure  # of an Axes
    if isinstance(picture, str):
        picture = picture.encode()
    if hasattr(picture, "savefig"):
        name, data = _picture_of_figure(picture)
    elif hasattr(picture, "convert") and hasattr(picture, "save"):
        name, data = _picture_of_image(picture)
    elif isinstance(picture, (bytes, bytearray)):
        name, data = "picture", bytes(picture).lstrip() if bytes(picture[:16]).lstrip()[:1] == b"<" else bytes(picture)
    else:
        raise ApiError("api.show takes a matplotlib figure, a PIL image, or the bytes of a PNG, JPEG, GIF, WebP or SVG "
                       f"file, not {type(picture).__name__}")
    kind = next((kind for signature, kind in _SIGNATURES if data.startswith(signature)), None)
    if kind is None:
        raise ApiError("api.show: these bytes are no PNG, JPEG, GIF, WebP or SVG file")
    text = base64.b64encode(data).decode()
    if _shown + len(text) > _MOST_OF_PICTURES:
        raise ApiError(f"api.show: the pictures would have {_shown + len(text)} bytes as text; a run may print "
                       f"{_MOST_OF_PICTURES} (profile.output_bytes). Draw smaller, or with fewer colours")
    _shown += len(text)
    print(f'<img src="data:image/{kind};base64,{text}" alt="{html.escape(name if alt is None else alt)}">')


Api.show = _show
