"""The second RaptorFlow; `python -m tests.support.second.app --fd N` serves it on an inherited socket."""

from __future__ import annotations

import os
import sys

from flask import Flask
from werkzeug.serving import make_server

from tests.support.second import accounts, interview, purchases
from tests.support.second.books import Books
from tests.support.second.gateway import Gateway
from tests.support.second.site import KEY, Answer, Site, problem, site

LONGEST = 256 * 1024


def create(told: dict[str, str]) -> Flask:
    """Make the application, as its environment says."""
    app = Flask(__name__)
    app.secret_key = told["SECRET_KEY"]
    app.config["MAX_CONTENT_LENGTH"] = LONGEST
    app.extensions[KEY] = Site(
        Books(told["DATABASE_URL"]),
        Gateway(told["PHONEPE_BASE_URL"], told["PHONEPE_CLIENT_ID"], told["PHONEPE_CLIENT_SECRET"]),
        f"{told['PHONEPE_WEBHOOK_USERNAME']}:{told['PHONEPE_WEBHOOK_PASSWORD']}",
        told["PUBLIC_URL"],
    )
    for kind in (KeyError, TypeError):
        app.register_error_handler(kind, _not_understood)
    app.add_url_rule("/alive", view_func=_alive)
    for part in (accounts, purchases, interview):
        app.register_blueprint(part.routes)
    return app


def _not_understood(_: Exception) -> Answer:
    return problem(422, "INVALID_INPUT")


def _alive() -> Answer:
    site().books.one("select 1")
    return {"status": "ok"}, 200


if __name__ == "__main__":
    make_server("127.0.0.1", 0, create(dict(os.environ)), threaded=True, fd=int(sys.argv[-1])).serve_forever()
