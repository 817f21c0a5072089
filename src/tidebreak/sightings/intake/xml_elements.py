"""Elements of an XML log one after the other: no DTD, no entities, nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from tidebreak.errors import TidebreakError, UsageError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def elements(file: BinaryIO, name: str) -> Iterator[Element]:
    """Yield each element called ``name``, in whatever namespace, and forget it afterwards.

    Raises `UsageError` where the file is not whole XML or has a document type.
    """
    try:
        from defusedxml.common import DefusedXmlException
        from defusedxml.ElementTree import ParseError, iterparse
    except ImportError:
        raise TidebreakError(
            "XML logs need defusedxml, which is not installed: pip install 'tidebreak[sightings]'"
        ) from None
    try:
        # What stands inside a wanted element is kept until that one is complete.
        depth = 0
        for event, element in iterparse(file, ("start", "end"), forbid_dtd=True):
            wanted = local_name(element) == name
            depth += wanted if event == "start" else 0
            if event == "start":
                continue
            if wanted:
                yield element
                depth -= 1
            if not depth:
                element.clear()
    except (ParseError, DefusedXmlException):
        raise UsageError(
            "The log is not whole XML, or has a document type; obtain it again."
        ) from None


def local_name(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def texts(element: Element, name: str) -> Iterator[str]:
    """Yield what each element called ``name`` inside says, in order."""
    for inner in element.iter():
        if local_name(inner) == name and inner.text:
            yield inner.text.strip()
