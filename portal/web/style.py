"""The stylesheet stands in every page, so that no page waits for it; the policy names its hash and allows no other."""

import base64
import hashlib
import re

from portal.web.static import FOLDER


def compact(text: str) -> str:
    """Without comments and without the space that only people need."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    return re.sub(r"\s*([{};,>])\s*", r"\1", text).replace(": ", ":").replace(";}", "}").strip()


def source(style: str) -> str:
    """How a content security policy names a style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"


STYLE = compact((FOLDER / "portal.css").read_text())
DESK_STYLE = STYLE + compact((FOLDER / "desk.css").read_text())
