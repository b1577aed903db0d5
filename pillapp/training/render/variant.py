"""Mitsuba 3 in the fastest variant that works on this machine."""

import ctypes
import os
import re
from pathlib import Path
from types import ModuleType
from typing import Final

from pillapp.training.datasets import DataSetError

VARIANTS: Final = ("cuda_ad_rgb", "llvm_ad_rgb", "scalar_rgb")  # fastest first
OLDEST_LLVM: Final = 19  # 14 to 16 stop with "Cannot select: v16f32" on processors with AVX-512
INSTALL_LINE: Final = "uv sync --all-groups"
_LIBRARY_FOLDERS: Final = ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/opt/homebrew/opt/llvm/lib")
_LIBRARY_NAME: Final = re.compile(r"libLLVM(?:-(\d+)\.so(?:\.\d+)?|\.so\.(\d+)\.\d+|\.dylib)$")


def load_mitsuba(variant: str | None = None) -> ModuleType:
    """The ``mitsuba`` module, set to ``variant`` or, without one, to the first of :data:`VARIANTS` that works here.

    A process keeps the variant it was first given; LLVM and CUDA kernels are built for it.

    Raises:
        DataSetError: Mitsuba is not installed, or the variant asked for does not work here.
    """
    library = _find_llvm()
    if library is not None:
        os.environ.setdefault("DRJIT_LIBLLVM_PATH", str(library))  # read once, when Mitsuba is imported
    try:
        import mitsuba
    except ImportError as error:
        raise DataSetError(f"Mitsuba is not installed; install it with:\n  {INSTALL_LINE}") from error
    if variant is None:
        variant = mitsuba.variant() or next(name for name in VARIANTS if _reason_against(name) is None)
    if (reason := _reason_against(variant)) is not None:
        raise DataSetError(f"{variant} does not work here: {reason}")
    if mitsuba.variant() != variant:
        mitsuba.set_variant(variant)
    mitsuba.set_log_level(mitsuba.LogLevel.Error)
    return mitsuba


def use_one_thread() -> None:
    """Keep a worker process to one core; call before it renders."""
    import drjit

    drjit.set_thread_count(1)


def _reason_against(variant: str) -> str | None:
    """Why a variant cannot be used, None if it can."""
    if variant == "scalar_rgb":
        return None
    if variant == "llvm_ad_rgb":
        chosen = os.environ.get("DRJIT_LIBLLVM_PATH")
        version = _llvm_version(Path(chosen)) if chosen else None
        if version is None:
            return f"no LLVM {OLDEST_LLVM} or newer was found (Debian: sudo apt-get install libllvm19)"
        return None if version >= OLDEST_LLVM else f"LLVM {version} is too old, {OLDEST_LLVM} is needed"
    if variant == "cuda_ad_rgb":
        try:
            driver = ctypes.CDLL("libcuda.so.1")
        except OSError:
            return "there is no CUDA driver"
        cards = ctypes.c_int(0)
        working = driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(cards)) == 0 and cards.value > 0
        return None if working else "there is no CUDA card"
    return f"known variants are {', '.join(VARIANTS)}"


def _find_llvm() -> Path | None:
    """The newest shared LLVM library that is new enough."""
    found = [
        (version, file)
        for folder in map(Path, _LIBRARY_FOLDERS)
        for place in (folder, *folder.glob("*-linux-gnu"))
        for file in place.glob("libLLVM*")
        if (version := _llvm_version(file)) is not None and version >= OLDEST_LLVM
    ]
    return max(found)[1] if found else None


def _llvm_version(library: Path) -> int | None:
    """Major version, from the name of the library; None if it is not there or names none."""
    match = _LIBRARY_NAME.search(library.name)
    if match is None or not library.exists():
        return None
    digits = match[1] or match[2]
    return int(digits) if digits else _asked_version(library)


def _asked_version(library: Path) -> int | None:
    """Major version of a library whose name does not tell it (macOS), asked of the library itself."""
    try:
        handle = ctypes.CDLL(str(library))
        major = ctypes.c_uint(0)
        handle.LLVMGetVersion(ctypes.byref(major), None, None)
    except (OSError, AttributeError):
        return None
    return major.value
