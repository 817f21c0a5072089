"""The forms of what is asked and answered, as OpenAPI describes them.

Requests are checked against them. Answers are written by `tidebreak.service.shown`, which costs
less, and tests hold both together.
"""

from __future__ import annotations
