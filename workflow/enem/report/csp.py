"""The pages' content security policy: scripts and styles by their digests, nothing else."""

import base64
import hashlib
import re

BLOCK = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)
"""Not of another type: a script of packed data is not run."""
FIRST = '<meta charset="utf-8">'
POLICY = (
    "default-src 'none'; script-src {script}; style-src {style}; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)


def with_policy(html: str, unpacked: str = "") -> str:
    """Allow the page its own scripts and styles, and what it unpacks into scripts.

    Parameters
    ----------
    html
        The page.
    unpacked
        Script that the page carries packed and runs, if any.
    """
    allowed: dict[str, list[str]] = {"script": [], "style": []}
    for kind, text in [*BLOCK.findall(html), *([("script", unpacked)] if unpacked else [])]:
        allowed[kind].append(_digest(text))
    stated = {kind: " ".join(dict.fromkeys(all_)) or "'none'" for kind, all_ in allowed.items()}
    policy = POLICY.format(**stated)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return html.replace(FIRST, f"{FIRST}\n{meta}", 1)


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
