"""`python -m load`: a wrong option is refused before anything heavy is imported."""

import sys

from load.options import parse

if __name__ == "__main__":
    options = parse(sys.argv[1:])

    from load.command import main

    sys.exit(main(options))
