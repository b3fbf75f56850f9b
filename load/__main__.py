"""`python -m load`: a wrong option is refused before anything heavy is imported."""

import sys

from load.options import parse


def main(argv: list[str]) -> int:
    """The run; with `--worker` this machine's part in one that another leads; `capacity` measures what is borne."""
    if "--worker" in argv:
        from load.worker import work

        return work(argv)
    if argv[:1] == ["capacity"]:
        from load import capacity_command

        return capacity_command.main(argv[1:])
    options = parse(argv)

    from load import command

    return command.main(options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
