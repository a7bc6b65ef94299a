"""The moves of a proposal as a picture, from the one table that decides them.

make transitions        # writes docs/transitions.md; a test says when it is of before
"""

from pathlib import Path

from portal.domain.restructuring.negotiation import TRANSITIONS, State

PICTURE = Path(__file__).with_suffix(".md")
PAGE = """# The moves of a proposal

Who may move it from where to where, and the event that tells of it: made by `make transitions` from `TRANSITIONS` in
`{source}`.

```mermaid
stateDiagram-v2
[*] --> draft
{arrows}
```

| from | who | move | to | event |
|---|---|---|---|---|
{rows}
"""


def drawing() -> str:
    """One arrow for all that leads from one state to another."""
    arrows: dict[tuple[State, State], list[str]] = {}
    for (state, party, move), edge in TRANSITIONS.items():
        arrows.setdefault((state, edge.to), []).append(f"{party} {move}")
    lines = [f"{start} --> {end} : {'<br>'.join(moves)}" for (start, end), moves in arrows.items()]
    rows = [f"| {at} | {who} | {move} | {edge.to} | `{edge.event}` |" for (at, who, move), edge in TRANSITIONS.items()]
    source = State.__module__.replace(".", "/") + ".py"
    return PAGE.format(source=source, arrows="\n".join(lines), rows="\n".join(rows))


if __name__ == "__main__":
    PICTURE.write_text(drawing(), encoding="utf-8")
