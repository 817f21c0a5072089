"""How well this installation recognises what people do to pictures, measured on benign ones."""

from __future__ import annotations
