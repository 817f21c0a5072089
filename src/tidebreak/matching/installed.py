"""The descriptors of one installation: ``NAME.toml`` and ``NAME.onnx`` in a folder of its home."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

from tidebreak.audit.log import AuditLog
from tidebreak.descriptors import Descriptor, read
from tidebreak.errors import UsageError
from tidebreak.files import SHARED, replace_whole
from tidebreak.lists import publish
from tidebreak.matching.descriptors import KnownVectors
from tidebreak.settings import Settings
from tidebreak.store.database import Database
from tidebreak.store.vault import Vault


class InstalledDescriptors:
    """What is in ``folder``, which need not be there. Every change is audited."""

    def __init__(self, folder: Path, audit: AuditLog, actor: str) -> None:
        self._folder, self._audit, self._actor = folder, audit, actor
        self._known: tuple[object, KnownVectors] | None = None

    def all(self) -> tuple[Descriptor, ...]:
        """Return the descriptors by name; raises `UsageError` for one that says nothing clear."""
        return tuple(read(path) for path in sorted(self._folder.glob("*.toml")))

    def add(self, declaration: Path, settings: Settings) -> Descriptor:
        """Install a declaration with the model beside it, in place of one of the same name.

        Raises `UsageError` when it is not clear, or its model does not have its SHA-256, and
        `WorkersFailed` when a locked-down worker cannot make a vector with it.
        """
        declared = read(declaration)
        model = _model(declared)
        _try(declared, settings)
        limits = declared.thresholds
        detail = {
            "model": declared.algorithm, "metric": declared.metric.value,
            "possible": limits.possible, "lead": limits.lead,
            "author": limits.author, "reason": limits.reason,
        }  # fmt: skip
        with self._audit.around("descriptor.add", self._actor, declared.name, detail):
            self._folder.mkdir(exist_ok=True, mode=0o700)
            self._write(f"{declared.name}.onnx", model)
            self._write(f"{declared.name}.toml", declaration.read_bytes())
        return read(self._folder / f"{declared.name}.toml")

    def remove(self, name: str, reason: str) -> None:
        """Take a descriptor out; the vectors that lists hold stay where they are."""
        names = [declared.name for declared in self.all()]
        if name not in names:
            known = ", ".join(names) or "none"
            raise UsageError(f"There is no descriptor called '{name}'; there are: {known}.")
        with self._audit.around("descriptor.remove", self._actor, name, {"reason": reason}):
            (self._folder / f"{name}.toml").unlink()  # first: without it the model is nothing
            (self._folder / f"{name}.onnx").unlink(missing_ok=True)

    def known(self, database: Database, vault: Vault) -> KnownVectors | None:
        """Return the known vectors of all that is installed, None when nothing is."""
        descriptors = self.all()
        if not descriptors:
            return None
        state = (publish.version(database), descriptors)
        if self._known is None or self._known[0] != state:
            self._known = (state, KnownVectors.load(database, vault, descriptors))
        return self._known[1]

    def _write(self, name: str, content: bytes) -> None:
        replace_whole(self._folder / name, content, SHARED)


def _model(declared: Descriptor) -> bytes:
    try:
        model = Path(declared.file).read_bytes()
    except OSError as error:
        raise UsageError(
            f"The model {declared.file} cannot be read ({error.strerror}); put it there."
        ) from None
    found = hashlib.sha256(model).hexdigest()
    if found != declared.sha256:
        raise UsageError(
            f"The SHA-256 of {declared.file} is {found}, not what its declaration says; make sure"
            " that it is the right model."
        )
    return model


def _try(declared: Descriptor, settings: Settings) -> None:
    """Describe a picture in a locked-down worker; raise `UsageError` when that fails."""
    import numpy as np
    from PIL import Image

    from tidebreak.media.pool import Job, WorkerPool

    wave = np.sin(np.arange(256) / 20) * 100 + 128
    picture = io.BytesIO()
    Image.fromarray(np.add.outer(wave, wave[::-1]).astype(np.uint8)).save(picture, "png")
    handle = os.memfd_create("tidebreak-trial", os.MFD_CLOEXEC)
    os.write(handle, picture.getvalue())
    with WorkerPool(settings, workers=1, descriptors=[declared]) as pool:
        jobs = [Job(1, handle, picture.tell())]
        found = [item for _, item in pool.examine(jobs) if item is not None]
    if not any(signal.type.name == "descriptor" for item in found for signal in item.signals):
        why = "; ".join(item.reason for item in found)
        raise UsageError(f"The model made no vector in a trial ({why}); correct its declaration.")
