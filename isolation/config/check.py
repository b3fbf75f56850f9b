"""Whether the configuration speaks of this database: whatever it names must be there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..errors import BadInput
from ..model.catalog import Catalog
from .model import Config


def check(config: Config, catalog: Catalog, schemas: Sequence[str]) -> None:
    """Raises BadInput for the first thing that is named and is not there."""
    there = {r.schema for r in catalog.relations.values()} | {r.schema for r in catalog.routines}
    for schema in schemas:
        if schema not in there:
            known = ", ".join(sorted(there)) or "none"
            raise BadInput(f"--schemas: there is no schema {schema} with anything in it; there are: {known}")
    for key, entry in _named(config):
        if not _known(entry, catalog):
            raise BadInput(f'[intent] {key}: "{entry}" names nothing in this database; correct or remove it')
    if not config.login and not any(role in catalog.roles for role in (config.member, config.anonymous)):
        raise BadInput(
            f"[connection] login: there is no role {config.member} here as behind an API; name the role that the"
            f' application logs in as, such as login = "app"'
        )
    if config.login and config.login not in catalog.roles:
        raise BadInput(
            f"[connection] login: there is no role {config.login}; name the role that the application logs in as"
        )


def _named(config: Config) -> Iterator[tuple[str, str]]:
    for public in config.public:
        yield "public", public.relation
        yield from (("public", f"{public.relation}.{column}") for column in public.columns)
    for key in ("public_identifiers", "service_only", "anonymous_insert"):
        yield from ((key, entry) for entry in getattr(config, key))
    yield from (("bearer", entry) for entry in config.bearer)
    yield from (("cascades", each) for pair in config.cascades for each in pair)
    for table, columns in config.updatable.items():
        yield from (("updatable", f"{table}.{column}") for column in columns)
    for table, column in config.also_owner.items():
        yield from (("also_owner", each) for each in (table, f"{table}.{column}"))
    for table, path in config.shared_through.items():
        yield from (("shared_through", each) for each in (table, path))


def _known(entry: str, catalog: Catalog) -> bool:
    """A relation, a relation's column, or a routine written with parentheses."""
    if "(" in entry:
        return any(r.routine == entry.split("(")[0].split(".")[-1] for r in catalog.routines)
    if catalog.find(entry) is not None:
        return True
    name, _, column = entry.rpartition(".")
    relation = catalog.find(name) if name else None
    return relation is not None and relation.column(column) is not None
