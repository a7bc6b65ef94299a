"""The pages that are counted, and the table of what was counted."""

PAGES = (
    ("overview, one loan", "B-1", "/loans"),
    ("overview, three loans", "B-5", "/loans"),
    ("loan", "B-1", "/loans/{loan 1}"),
    ("penalties", "B-1", "/loans/{loan 1}/penalties"),
    ("why", "B-1", "/loans/{loan 1}/why"),
    ("pay", "B-1", "/loans/{loan 1}/pay"),
    ("plan, first shown", "B-1", "/loans/{loan 1}/plan"),
    ("plan preview, 12", "B-1", "/loans/{loan 1}/plan?how=count&installments=12&every=1m&first_due=2026-07-10"),
    ("plan preview, 60", "B-1", "/loans/{loan 1}/plan?how=count&installments=60&every=1w&first_due=2026-07-01"),
    ("ahead", "B-1", "/loans/{loan 1}/ahead"),
    ("proposal", "B-9", "/proposals/{proposal 9}"),
    ("running plan's loan", "B-14", "/loans/{loan 16}"),
    ("together", "B-5", "/together/jq"),
    ("desk: queue", "rui", "/desk"),
    ("desk: review", "rui", "/desk/proposals/{proposal 6}"),
    ("desk: counter", "rui", "/desk/proposals/{proposal 6}/counter"),
    ("desk: loan", "rui", "/desk/loans/{loan 1}"),
)


def table(sides: dict[str, list[list[float]]]) -> str:
    """Each side's figures as Markdown."""
    lines = ["| page |" + "".join(f" statements {side} | walks | ms |" for side in sides)]
    lines.append("|---|" + "---:|---:|---:|" * len(sides))
    for number, (name, _, _) in enumerate(PAGES):
        figures = (found[number] for found in sides.values())
        lines.append(f"| {name} |" + "".join(f" {many:.0f} | {walks:.0f} | {ms:.1f} |" for many, walks, ms in figures))
    return "\n".join(lines)
