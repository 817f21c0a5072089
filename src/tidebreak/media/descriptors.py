"""Descriptors in a worker: from a picture's canonical pixels through a model to vectors.

Models are loaded before the worker locks itself down, from files whose SHA-256 is checked, and run
on one thread. A model is its owner's choice; the pictures are a stranger's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tidebreak.descriptors import Channels, Descriptor, Layout, Preparation, Resize
from tidebreak.media.decoders import decoder_for
from tidebreak.media.pixels import NoPixels, Pixels, canonical
from tidebreak.media.reasons import joined, told
from tidebreak.model import Examination, Signal
from tidebreak.settings import Settings
from tidebreak.signals import SIGNAL_TYPES
from tidebreak.vectors import encode

_FIRST_FRAME = "described by its first frame only"


class BadDescriptor(Exception):
    """A model cannot be used as it is declared; the text says why."""


class Describer:
    """Makes the vectors of pictures with all of ``descriptors``; raises `BadDescriptor`."""

    def __init__(self, descriptors: Sequence[Descriptor]) -> None:
        self._models = [Model(descriptor) for descriptor in descriptors]

    def describe(self, found: Examination, data: bytes, settings: Settings) -> Examination:
        """Return ``found`` with the vectors of the picture in ``data``, or why it has none."""
        if not self._models or found.trivial:
            return found
        try:
            with decoder_for(data, heif=settings.heif) as image:
                if image.width * image.height > settings.limits.frame_pixels:
                    return found  # which has been said
                image.load()
                pixels = canonical(image)
                frames = int(getattr(image, "n_frames", 1))
        except MemoryError:
            raise
        except NoPixels:
            return found  # which has been said
        except Exception as error:  # decoders raise whatever they like on damaged input
            return replace(found, reason=joined(found.reason, f"not described: {told(error)}"))
        note = joined(found.note, _FIRST_FRAME) if frames > 1 else found.note
        return self._described(replace(found, note=note), pixels)

    def _described(self, found: Examination, pixels: Pixels) -> Examination:
        for model in self._models:
            try:
                value = model.value(pixels)
            except BadDescriptor as error:
                found = replace(found, reason=joined(found.reason, f"not described: {error}"))
            else:
                signal = Signal(SIGNAL_TYPES["descriptor"], value)
                found = replace(found, signals=(*found.signals, signal))
        return found


class Model:
    """One loaded model. Raises `BadDescriptor` when it is not what ``declared`` says."""

    def __init__(self, declared: Descriptor) -> None:
        self.name = declared.name
        self._declared = declared
        self._session = _session(_verified(declared), declared)
        self._input = _only_input(self._session, declared)
        self._run(np.zeros((8, 8), np.uint8))  # what is wrong shows now, not in every picture

    def value(self, pixels: Pixels) -> bytes:
        """Return the value (`tidebreak.vectors`) for canonical pixels; raise `BadDescriptor`."""
        declared = self._declared
        try:
            return declared.header + encode(self._run(pixels), declared.metric)
        except ValueError as error:
            raise BadDescriptor(f"{self.name}: its vector holds {error}") from None

    def _run(self, pixels: Pixels) -> NDArray[np.float32]:
        declared = self._declared
        given = {self._input: prepare(pixels, declared.input)}
        try:
            (output,) = self._session.run([declared.output], given)
        except Exception as error:  # onnxruntime raises classes of its own
            raise BadDescriptor(f"{self.name}: its model fails: {told(error)}") from None
        if output.dtype != np.float32 or output.size != declared.dimension:
            shape = " x ".join(map(str, output.shape))
            raise BadDescriptor(
                f"{self.name}: '{declared.output}' is {shape} of {output.dtype}, not"
                f" {declared.dimension} of float32"
            )
        return output.reshape(-1)


def prepare(pixels: Pixels, how: Preparation) -> NDArray[np.float32]:
    """Return canonical ``pixels`` as a model's input, float32 (1, 3, h, w) or (1, h, w, 3)."""
    picture = _resized(Image.fromarray(pixels).convert("RGB"), how)
    values = np.asarray(picture, np.float32)
    if how.channels is Channels.BGR:
        values = values[:, :, ::-1]
    values = (values * np.float32(how.scale) - np.array(how.mean, np.float32)) / np.array(
        how.std, np.float32
    )
    if how.layout is Layout.NCHW:
        values = values.transpose(2, 0, 1)
    return np.ascontiguousarray(values[np.newaxis])


def _resized(picture: Image.Image, how: Preparation) -> Image.Image:
    resample = Image.Resampling[how.interpolation.upper()]
    size = (how.width, how.height)
    if how.resize is Resize.PAD:
        scale = min(how.width / picture.width, how.height / picture.height)
        width, height = (max(1, round(side * scale)) for side in picture.size)
        padded = Image.new("RGB", size)
        place = ((how.width - width) // 2, (how.height - height) // 2)
        padded.paste(picture.resize((width, height), resample), place)
        return padded
    return picture.resize(size, resample, box=_box(picture, how))


def _box(picture: Image.Image, how: Preparation) -> tuple[float, float, float, float]:
    """Return the part of ``picture`` that becomes the input: all, or the middle of its shape."""
    if how.resize is Resize.STRETCH:
        return (0, 0, picture.width, picture.height)
    # Cut before it is scaled: a strip one pixel high would become enormous.
    scale = max(how.width / picture.width, how.height / picture.height)
    width, height = how.width / scale, how.height / scale
    left, top = (picture.width - width) / 2, (picture.height - height) / 2
    return (left, top, left + width, top + height)


def _verified(declared: Descriptor) -> bytes:
    """Return the bytes of the model's file, whose SHA-256 is the declared one."""
    try:
        data = Path(declared.file).read_bytes()
    except OSError as error:
        raise BadDescriptor(f"{declared.name}: {declared.file}: {error.strerror}") from None
    if hashlib.sha256(data).hexdigest() != declared.sha256:
        raise BadDescriptor(f"{declared.name}: {declared.file} does not have the declared SHA-256")
    return data


def _session(model: bytes, declared: Descriptor) -> Any:
    try:
        import onnxruntime
    except ImportError:
        raise BadDescriptor(
            f"{declared.name} needs the extra [onnx]: pip install 'tidebreak[onnx]'"
        ) from None
    options = onnxruntime.SessionOptions()
    # Workers are many, and one that is locked down starts no threads.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises classes of its own
        raise BadDescriptor(f"{declared.name}: not a usable model: {told(error)}") from None


def _only_input(session: Any, declared: Descriptor) -> str:
    inputs = session.get_inputs()
    if len(inputs) != 1 or inputs[0].type != "tensor(float)":
        raise BadDescriptor(f"{declared.name}: a model must have one input, of float32")
    outputs = [output.name for output in session.get_outputs()]
    if declared.output not in outputs:
        raise BadDescriptor(f"{declared.name}: its outputs are {', '.join(outputs)}")
    return inputs[0].name
