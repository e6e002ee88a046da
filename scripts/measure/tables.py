"""Tables in Markdown, a line at a time: long measurements show them as they grow."""


def row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def head(*columns: str) -> str:
    return f"{row(*columns)}\n{'|---' * len(columns)}|"
