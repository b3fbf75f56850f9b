"""`python -m load`: a wrong option is refused before anything heavy is imported."""

import sys

from load.options import parse


def main(argv: list[str]) -> int:
    """The run, or with `--worker` this machine's part in one that another leads."""
    if "--worker" in argv:
        from load.worker import work

        return work(argv)
    options = parse(argv)

    from load import command

    return command.main(options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
