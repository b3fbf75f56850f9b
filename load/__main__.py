"""`python -m load`: a wrong option is refused before anything heavy is imported."""

from core import caller

if __name__ == "__main__":
    caller.enter("load")  # before anything is imported that it might lead astray

import sys

from load.commands.options import parse


def main(argv: list[str]) -> int:
    """The run; with `--worker` this machine's part in one that another leads; `capacity` measures what is borne."""
    if "--worker" in argv:
        from load.commands.worker import work

        return work(argv)
    if argv[:1] == ["capacity"]:
        from load.commands import capacity

        return capacity.main(argv[1:])
    options = parse(argv)

    from load.commands import run

    return run.main(options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
